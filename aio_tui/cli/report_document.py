"""The report as a JSON document."""

from __future__ import annotations

from aio_tui.ways import key_for
from engine.ports.report import Chapter, Report, ReportedTask


def as_document(told: Report) -> dict[str, object]:
    """For --json. Money is text, exact to its last digit."""
    return {
        "project": told.project,
        "since": told.since,
        "until": told.until,
        "waits_for_human": told.waits_for_human,
        "counts": {chapter.value: told.count_of(chapter) for chapter in Chapter},
        "cost_usd": str(told.usage.cost_usd),
        "unpaid_usd": str(told.unpaid_usd),
        "cost_before_usd": str(told.before_usd),
        "left_out": {
            "tasks": told.left_out.tasks,
            "cost_usd": str(told.left_out.cost_usd),
            "not_begun": told.left_out.not_begun,
        },
        "tokens": told.usage.tokens,
        "model_calls": told.usage.calls,
        "unpriced_calls": told.usage.unpriced_calls,
        "wasted_usd": str(told.wasted_usd),
        "wasted_s": round(told.wasted_s, 1),
        "tasks": [_task(task) for task in told.tasks],
        "not_listed": {
            chapter.value: count for chapter, count in told.unlisted.counts.items() if count
        },
        "questions": [
            {
                "id": asked.escalation_id,
                "task_id": asked.task_id,
                "rule": asked.rule,
                "severity": asked.severity,
                "action": asked.action,
                "waits_s": round(asked.waits_s),
            }
            for asked in told.questions
        ],
        "guardrails": dict(told.guardrails),
        "warnings": told.warnings,
    }


def _task(task: ReportedTask) -> dict[str, object]:
    item, waste, step = task.item, task.waste, task.next_step
    return {
        "task_id": item.task_id,
        "description": item.description,
        "chapter": task.chapter,
        "state": item.state,
        "merge_state": item.merge_state,
        "branch": item.branch,
        "branched_from": item.branched_from,
        "branched_at": item.branched_at,
        "commit": item.head_commit,
        "merged_commit": item.merged_commit,
        "why": task.why or None,
        "cost_usd": str(task.usage.cost_usd),
        "unpriced_calls": task.usage.unpriced_calls,
        "tokens": task.usage.tokens,
        "iterations": task.iterations,
        "work_s": round(task.work_s, 1),
        "before": {
            "cost_usd": str(task.before.cost_usd),
            "iterations": task.before.iterations,
            "work_s": round(task.before.work_s, 1),
        },
        "waste": {
            "cost_usd": str(waste.cost_usd),
            "given_up": waste.given_up,
            "unchanged": waste.unchanged,
            "time_s": round(waste.time_s, 1),
        },
        "next": step
        and {"words": step.words, "key": key_for(step) or None, "command": step.command or None},
    }
