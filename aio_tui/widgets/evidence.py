"""Ralph's verdict with the proof it rests on."""

from __future__ import annotations

import shlex

from aio_tui.text import fit
from aio_tui.widgets.line import BLANK, Line, heading, line, paragraph, signed
from aio_tui.wording import VERDICT_SIGNS, Sign, Tone, duration
from engine.domain.checkpoint import Checkpoint
from engine.domain.verdict import CheckOutcome, CheckResult, Verdict
from engine.ports.cockpit import TaskView

_OUTCOME_SIGNS = {
    CheckOutcome.CLEAN: Sign("✓", "clean", Tone.GOOD),
    CheckOutcome.FINDINGS: Sign("✗", "findings", Tone.BAD),
    CheckOutcome.TIMEOUT: Sign("◷", "timeout", Tone.WARN),
    CheckOutcome.BROKEN: Sign("■", "broken", Tone.WARN),
}
_SHOWN_FAILURES = 50


def verdict_lines(view: TaskView, width: int) -> list[Line]:
    """The newest verdict: what, why, and each check as the engine ran it."""
    if not view.checkpoints:
        return [line(("no verdict yet: Ralph judges at the end of an iteration", Tone.MUTED))]
    point = view.checkpoints[-1]
    return [*_verdict(point, width), *_proof(point.verdict, width)]


def _verdict(point: Checkpoint, width: int) -> list[Line]:
    verdict = point.verdict
    lines = [
        line(signed(VERDICT_SIGNS[verdict.kind]), f"  after iteration {point.iteration_count}"),
    ]
    for reason in verdict.reasons:
        lines.append(line("· ", (reason.rule, Tone.STRONG)))
        lines.extend(paragraph(reason.message, width, indent="  "))
        if reason.evidence:
            lines.extend(paragraph(reason.evidence, width, Tone.MUTED, indent="  "))
    if verdict.next_step:
        lines.extend(paragraph(f"what you can do: {verdict.next_step}", width, Tone.WARN))
    return lines


def _proof(verdict: Verdict, width: int) -> list[Line]:
    lines: list[Line] = []
    for check in verdict.checks:
        lines.extend((BLANK, *_check(check, width)))
    files = ", ".join(verdict.changed_files) or "none"
    lines.extend(
        (
            BLANK,
            line(("tests executed  ", Tone.MUTED), str(verdict.tests_executed)),
            *paragraph(f"changed files   {files}", width),
            *paragraph(f"tree            {verdict.tree_hash}", width, Tone.MUTED),
            *paragraph(f"base commit     {verdict.base_commit}", width, Tone.MUTED),
        )
    )
    return lines


def _check(check: CheckResult, width: int) -> list[Line]:
    exit_code = "no exit code" if check.exit_code is None else f"exit {check.exit_code}"
    tests = "" if check.tests_executed is None else f" · {check.tests_executed} tests executed"
    lines = [
        line(
            (check.name, Tone.STRONG),
            "  ",
            signed(_OUTCOME_SIGNS[check.outcome]),
            f" · {exit_code} · {duration(check.duration_s)}{tests}",
        ),
        line((fit(f"  $ {shlex.join(check.command)}", width).rstrip(), Tone.MUTED)),
    ]
    if check.explanation:
        lines.extend(paragraph(check.explanation, width, Tone.WARN, indent="  "))
    for failure in check.failures[:_SHOWN_FAILURES]:
        lines.extend(paragraph(f"✗ {failure}", width, Tone.BAD, indent="  "))
    if len(check.failures) > _SHOWN_FAILURES:
        lines.append(line(f"  and {len(check.failures) - _SHOWN_FAILURES} more"))
    if check.tail.strip():
        lines.append(heading("  output, last lines"))
        lines.extend(paragraph(check.tail.rstrip("\n"), width, Tone.MUTED, indent="  │ "))
    return lines
