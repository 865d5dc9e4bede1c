"""One check as the engine ran it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from aio_tui.text import fit
from aio_tui.widgets.check_output import output_lines, without_told
from aio_tui.widgets.line import Line, line, paragraph, signed
from aio_tui.wording import Sign, Tone, counted, duration
from engine.domain.test_output import without_known
from engine.domain.verdict import CheckOutcome, CheckResult

_OUTCOME_SIGNS = {
    CheckOutcome.CLEAN: Sign("✓", "clean", Tone.GOOD),
    CheckOutcome.FINDINGS: Sign("✗", "findings", Tone.BAD),
    CheckOutcome.TIMEOUT: Sign("◷", "timeout", Tone.WARN),
    CheckOutcome.BROKEN: Sign("■", "broken", Tone.WARN),
}
_ONLY_KNOWN = Sign("~", "only known findings", Tone.NORMAL)
_SHOWN = 50


def check_lines(
    check: CheckResult, known: frozenset[str], width: int, *, told: Sequence[str] = ()
) -> list[Line]:
    """Outcome, exit code, tests and time; the command; what it found, the new first.

    Args:
        check: the check.
        known: those of its failures that were there before the task began.
        width: cells of a line.
        told: parts of its output that are shown already.
    """
    fresh = [failure for failure in check.failures if failure not in known]
    old = [failure for failure in check.failures if failure in known]
    lines = [
        _glance(check, is_only_known=bool(old) and not fresh),
        line((fit(f"  $ {shlex.join(check.command)}", width).rstrip(), Tone.MUTED)),
    ]
    if check.explanation:
        lines.extend(paragraph(check.explanation, width, Tone.WARN, indent="  "))
    lines.extend(_named("✗", fresh, Tone.BAD, width))
    lines.extend(_listed("flaky: red, then green when tried again", check.flaky, width))
    output = without_told(without_known(check.tail, old, fresh), told).rstrip("\n")
    if output.strip():
        lines.append(line(("  output, last lines", Tone.STRONG)))
        lines.extend(output_lines(output, width))
    lines.extend(_folded(old, width))
    return lines


def _glance(check: CheckResult, *, is_only_known: bool) -> Line:
    is_fine = is_only_known and check.outcome is CheckOutcome.FINDINGS
    exit_code = "no exit code" if check.exit_code is None else f"exit {check.exit_code}"
    executed = check.tests_executed
    tests = "" if executed is None else f" · {counted(executed, 'test')} executed"
    return line(
        (check.name, Tone.STRONG),
        "  ",
        signed(_ONLY_KNOWN if is_fine else _OUTCOME_SIGNS[check.outcome]),
        f" · {exit_code} · {duration(check.duration_s)}{tests}",
    )


def _listed(title: str, failures: Sequence[str], width: int) -> list[Line]:
    if not failures:
        return []
    head = line((f"  {len(failures)} {title}", Tone.WARN))
    return [head, *_named("~", failures, Tone.MUTED, width)]


def _folded(known: Sequence[str], width: int) -> list[Line]:
    """What was red before the task began, in one line: it is not this task's."""
    if not known:
        return []
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    words = f"  ~ {counted(len(known), 'failure')} known before, left as it was: "
    words = words.replace("it was", "they were") if more else words
    name = fit(known[0], max(min(len(known[0]), width - len(words) - len(more)), 8)).rstrip()
    return [line((fit(f"{words}{name}{more}", width).rstrip(), Tone.MUTED))]


def _named(mark: str, failures: Sequence[str], tone: Tone, width: int) -> list[Line]:
    lines = [
        row
        for failure in failures[:_SHOWN]
        for row in paragraph(f"{mark} {failure}", width, tone, indent="  ")
    ]
    if len(failures) > _SHOWN:
        lines.append(line(f"  and {len(failures) - _SHOWN} more"))
    return lines
