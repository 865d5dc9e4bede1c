"""`aio-tui discover`: scan the repository and queue what is found."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, warn
from aio_tui.cli.session import engine_of
from aio_tui.wording import counted
from engine.app.discovering import DiscoveryOptions, DiscoveryReport, Sighting
from engine.domain.errors import InputError
from engine.domain.verdict import CheckOutcome, CheckResult


async def discover(args: argparse.Namespace) -> Exit:
    """Exit 1 if a check could not work; findings alone are no failure."""
    if args.accept and (args.all or args.max is not None):
        raise InputError(
            "--accept makes no tasks, so --all and --max say nothing", hint="leave them out"
        )
    options = DiscoveryOptions(
        is_dry_run=args.dry_run, takes_known=args.all, at_most=args.max, accepts=args.accept
    )
    async with engine_of(args) as engine:
        report = await engine.discover(options)
    if args.json:
        print_json(document(report))
    else:
        print_lines(lines(report))
    for check in report.unable:
        warn(f"check {check.name} could not work: {check.explanation or check.outcome}")
    return Exit.FAILED if report.unable else Exit.DONE


def document(report: DiscoveryReport) -> dict[str, object]:
    """The scan for --json."""
    plan = report.plan
    return {
        "commit": report.commit,
        "dry_run": report.is_dry_run,
        "accepted": report.accepted,
        "checks": [_check(check) for check in report.checks],
        "counts": {
            "new": report.new_count,
            "known": report.known_count,
            "gone": report.gone,
            "outside_commit": report.outside,
        },
        "added": [
            {
                "task_id": one.task.task_id,
                "priority": one.urgency.priority,
                "why": one.urgency.why,
                "type": one.task.type,
                "description": one.task.description,
                "files": one.task.files,
                "tests": one.task.tests,
                "package": one.task.metadata["discovery"]["package"] or None,
                "findings": one.finding_count,
            }
            for one in plan.added
        ],
        "updated": [
            {"task_id": one.entry.item.task_id, "more": one.more, "gone": one.gone}
            for one in plan.updated
        ],
        "closed": [one.item.task_id for one in plan.closed],
        "left_alone": [
            {"task_id": one.entry.item.task_id, "state": one.entry.item.state, "gone": one.gone}
            for one in plan.left_alone
        ],
        "postponed": plan.postponed,
        "findings": [_finding(report, one) for one in report.sightings],
    }


def lines(report: DiscoveryReport) -> list[str]:
    """The scan for a human."""
    told = [f"scanned {report.commit[:12]}", *map(_check_line, report.checks)]
    told.append(_count_line(report))
    if report.accepted is not None:
        is_one = report.accepted == 1
        verb = "would be" if report.is_dry_run else "is" if is_one else "are"
        return [*told, f"{counted(report.accepted, 'finding')} {verb} accepted as known"]
    return told + _task_lines(report)


def _task_lines(report: DiscoveryReport) -> list[str]:
    plan = report.plan
    would = "would be " if report.is_dry_run else ""
    told = [
        f"{would}added  priority {one.urgency.priority}  {one.task.task_id}  "
        f"{one.task.description.partition(chr(10))[0]} ({one.urgency.why})"
        for one in plan.added
    ]
    told += [f"{would}updated  {one.entry.item.task_id}  {one.note}" for one in plan.updated]
    told += [
        f"{would}closed  {one.item.task_id}  none of its findings is left" for one in plan.closed
    ]
    told += [
        f"left alone  {one.entry.item.task_id} is {one.entry.item.standing}; "
        f"{one.gone} of its findings have gone"
        for one in plan.left_alone
    ]
    if plan.postponed:
        told.append(f"left for the next scan: {counted(plan.postponed, 'more task')}")
    if not (plan.added or plan.updated or plan.closed):
        told.append("the queue is up to date")
    return told


def _count_line(report: DiscoveryReport) -> str:
    counts = f"{report.new_count} new, {report.known_count} known, {report.gone} gone"
    if report.outside:
        return f"{counts}; {report.outside} more in files that are not part of the commit"
    return counts


def _check_line(check: CheckResult) -> str:
    found = check.outcome.value
    if check.failures:
        is_said = check.outcome is CheckOutcome.FINDINGS
        count = counted(len(check.failures), "finding")
        found = count if is_said else f"{found}, {count}"
    told = f"  {check.name}: {found}, {check.duration_s:.1f} s"
    return f"{told}; {check.explanation}" if check.explanation else told


def _check(check: CheckResult) -> dict[str, object]:
    return {
        "name": check.name,
        "outcome": check.outcome,
        "duration_s": round(check.duration_s, 3),
        "findings": len(check.failures),
        "tests_executed": check.tests_executed,
        "flaky": check.flaky,
        "explanation": check.explanation or None,
    }


def _finding(report: DiscoveryReport, one: Sighting) -> dict[str, object]:
    return {
        "id": one.id,
        "standing": report.standing(one),
        "check": one.check,
        "rule": one.finding.rule,
        "severity": one.finding.severity,
        "path": one.path or None,
        "line": one.finding.line,
        "package": one.package or None,
        "message": one.finding.message,
    }
