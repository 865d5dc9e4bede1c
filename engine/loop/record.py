"""Writes an iteration down: the session file first, then one transaction that makes it count."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from engine.context.progress import summarise_progress
from engine.domain.checkpoint import Checkpoint
from engine.domain.facts import IterationFinished
from engine.domain.state import Trigger
from engine.domain.values import dataclass
from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import Claim, WorkItem
from engine.loop.memory import Memory
from engine.loop.parking import pause_if_asked
from engine.loop.past import Past
from engine.loop.services import LoopServices
from engine.loop.turn import TurnResult
from engine.ports.store import Transaction
from engine.ports.workspace import Worktree
from engine.redaction.redactor import redacted_leaves
from engine.session.state import SavedSession
from engine.wiggum.decide import NextMove, next_move
from engine.wiggum.limits import LimitHit
from engine.wiggum.signals import blocked_reason, has_signal
from engine.wiggum.stall import Step

_KEPT_ERRORS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration:
    """An iteration that came to its verdict."""

    claim: Claim
    item: WorkItem
    """The task as it is at the end: the operator may have changed its limits on the way."""
    number: int
    past: Past
    memory: Memory
    worktree: Worktree
    """Its HEAD is the iteration's commit."""
    result: TurnResult
    verdict: Verdict
    agent: str
    duration_s: float
    limit: LimitHit | None
    """A budget of the task that is spent by now."""


async def record(services: LoopServices, done: Iteration) -> WorkItem:
    """Decide what becomes of the task and write all of it down; the task as it is then.

    Raises:
        StaleClaimError: the task was taken away meanwhile; nothing was recorded.
        StoreError: it could not be made durable; the iteration will be repeated.
    """
    done = _without_secrets(done, services.secrecy.redact)
    item = done.claim.item
    tree = done.worktree
    diff = await services.workspace.diff(tree.base_commit, tree.head_commit)
    step = Step(
        verdict=done.verdict,
        diff_sha256=hashlib.sha256(diff.encode("utf-8", "surrogatepass")).hexdigest(),
        has_signal=has_signal(done.result.text, item.type),
    )
    move = next_move(
        done.item,
        (*done.past.steps, step),
        iteration=done.number,
        budgets=services.settings.budgets,
        stall_after=services.settings.stall_after,
        limit=done.limit,
        agent_blocked=blocked_reason(done.result.text),
    )
    saved = await asyncio.to_thread(_save_session, services, done, move)
    value = f"iteration {done.number}: {done.verdict.kind} on {tree.head_commit}"
    await services.automatic.moved(item, move.trigger, value, move.reason)
    checkpoint = _checkpoint(services, done, step, move, saved)
    return await services.store.write(lambda tx: _write(tx, done, checkpoint, move))


def _without_secrets(done: Iteration, redact: Callable[[str], str]) -> Iteration:
    """Before anything is decided: what is compared later has been written without them too."""
    plain = msgspec.to_builtins(done.verdict)
    cleaned = redacted_leaves(plain, redact)
    return replace(
        done,
        verdict=done.verdict if cleaned == plain else msgspec.convert(cleaned, Verdict),
        result=replace(done.result, text=redact(done.result.text)),
    )


def _save_session(services: LoopServices, done: Iteration, move: NextMove) -> SavedSession:
    state, item = done.memory.state, done.claim.item
    fields = summarise_progress(
        state.content.progress,
        iteration=done.number,
        text=done.result.text,
        verdict=done.verdict,
        agent_blocked=blocked_reason(done.result.text),
    )
    errors = state.content.error_history
    if done.verdict.kind is not VerdictKind.PASS:
        errors = (*errors, f"iteration {done.number}: {fields.verdict}")[-_KEPT_ERRORS:]
    state.update(
        iteration_count=done.number,
        phase="verified",
        status=move.trigger.value,
        branch=done.worktree.branch,
        commit=done.worktree.head_commit,
        tokens_used=done.past.usage.tokens + done.result.usage.tokens,
        saved_at=services.clock.now().isoformat(),
        objective=item.description,
        progress=fields.progress,
        verdict=fields.verdict,
        last_output=fields.last_output,
        next_steps=fields.next_steps,
        open_questions=fields.open_questions,
        error_history=errors,
    )
    return state.save()


def _checkpoint(
    services: LoopServices, done: Iteration, step: Step, move: NextMove, saved: SavedSession
) -> Checkpoint:
    item = done.claim.item
    return Checkpoint(
        task_id=item.task_id,
        project=item.project,
        iteration_count=done.number,
        timestamp=services.clock.now(),
        verdict=done.verdict,
        session_ref=saved.ref,
        session_sha256=saved.sha256,
        session_text=saved.text,
        commit=done.worktree.head_commit,
        diff_sha256=step.diff_sha256,
        has_signal=step.has_signal,
        agent=done.agent,
        duration_s=done.duration_s,
        usage=done.result.usage,
        decision=move.reason,
    )


def _write(tx: Transaction, done: Iteration, checkpoint: Checkpoint, move: NextMove) -> WorkItem:
    item = done.claim.item
    tx.add_checkpoint(checkpoint)
    if done.past.notes:
        tx.mark_notes_read(item.task_id, len(done.past.notes))
    if done.result.told_messages:
        tx.mark_told_notes_read(item.task_id, done.result.told_messages)
    tx.append_facts(_finished(checkpoint), task_id=item.task_id, project=item.project)
    moved = tx.move(
        item.task_id,
        move.trigger,
        fence=done.claim.fence,
        reason=move.reason,
        limit=move.limit,
        changes=_changes(done, checkpoint, move),
    )
    return pause_if_asked(tx, moved)


def _changes(done: Iteration, checkpoint: Checkpoint, move: NextMove) -> dict[str, Any]:
    has_ended_badly = move.trigger in (Trigger.BLOCK, Trigger.EXHAUST)
    return {
        "iteration_count": done.number,
        "interruptions": 0,
        "not_before": None,
        "head_commit": checkpoint.commit,
        "session_ref": checkpoint.session_ref,
        "last_verdict": checkpoint.verdict.kind,
        "error_log": move.reason if has_ended_badly else "",
    }


def _finished(checkpoint: Checkpoint) -> IterationFinished:
    return IterationFinished(
        iteration=checkpoint.iteration_count,
        verdict=checkpoint.verdict.kind.value,
        decision=checkpoint.decision,
        duration_s=round(checkpoint.duration_s, 3),
        cost_usd=str(checkpoint.usage.cost_usd),
        tokens=checkpoint.usage.tokens,
    )
