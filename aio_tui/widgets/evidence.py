"""Ralph's verdict: what a human is to do, why it is so, and the proof it rests on."""

from __future__ import annotations

from aio_tui.text import fit
from aio_tui.widgets.check_lines import check_lines
from aio_tui.widgets.check_output import output_lines
from aio_tui.widgets.line import BLANK, Line, heading, line, paragraph, signed
from aio_tui.wording import VERDICT_SIGNS, Tone, counted, place_of, said
from engine.domain.checkpoint import Checkpoint
from engine.domain.verdict import Reason, Verdict, VerdictKind
from engine.ports.cockpit import TaskView

_SHOWN_FILES = 40
_REASON_TONES = {
    VerdictKind.PASS: Tone.GOOD,
    VerdictKind.FAIL: Tone.BAD,
    VerdictKind.BLOCKED: Tone.WARN,
}
_HASH = 10
"""Letters of a hash that tell it from others at a glance; the proof has all of them."""


def verdict_lines(view: TaskView, width: int) -> list[Line]:
    """The newest verdict: the human's part first, then the reasons, the checks, the proof."""
    if not view.checkpoints:
        return [line(("no verdict yet: Ralph judges at the end of an iteration", Tone.MUTED))]
    point = view.checkpoints[-1]
    verdict = point.verdict
    return [
        _glance(point),
        *_next_step(verdict, width),
        *_reasons(verdict, width),
        *_checks(verdict, width),
        *_proof(point, width),
    ]


def _glance(point: Checkpoint) -> Line:
    verdict = point.verdict
    return line(
        signed(VERDICT_SIGNS[verdict.kind]),
        f"  after iteration {point.iteration_count}",
        f" · {counted(verdict.tests_executed, 'test')} executed",
        (f" · tree {verdict.tree_hash[:_HASH]}", Tone.MUTED),
    )


def _next_step(verdict: Verdict, width: int) -> list[Line]:
    if not verdict.next_step:
        return []
    return paragraph(f"what you can do: {verdict.next_step}", width, Tone.WARN)


def _reasons(verdict: Verdict, width: int) -> list[Line]:
    """Each with its place and its evidence, unless that is a check's output and shown there. What
    two of them rest on is shown once.
    """
    tone = _REASON_TONES[verdict.kind]
    told = [check.tail for check in verdict.checks]
    lines: list[Line] = []
    for reason in verdict.reasons:
        lines.extend(_heading(reason, tone, width))
        lines.extend(paragraph(said(reason), width, indent="  "))
        evidence = reason.evidence.rstrip("\n")
        if evidence and not any(evidence.strip() in known for known in told):
            told.append(evidence)
            lines.extend(output_lines(evidence, width))
    return lines


def _heading(reason: Reason, tone: Tone, width: int) -> list[Line]:
    """The rule, and beside it the place if there is room, else below it."""
    rule = ("· ", (reason.rule, tone))
    place = place_of(reason)
    beside = line(*rule, "  ", (place, Tone.STRONG))
    if not place or beside.cells <= width:
        return [beside if place else line(*rule)]
    return [line(*rule), *paragraph(place, width, Tone.STRONG, indent="  ")]


def _checks(verdict: Verdict, width: int) -> list[Line]:
    is_pass = verdict.kind is VerdictKind.PASS
    lines = [BLANK, heading("Checks, as the engine ran them")]
    told = "\n\n".join(reason.evidence for reason in verdict.reasons).split("\n\n")
    for check in verdict.checks:
        known = frozenset(check.failures if is_pass else check.known)
        known -= {failure for failure in known if _is_reason(failure, verdict)}
        lines.extend(check_lines(check, known, width, told=told))
    if not verdict.checks:
        lines.append(line(("no check was run", Tone.WARN)))
    return lines


def _is_reason(failure: str, verdict: Verdict) -> bool:
    """Whether it is why the verdict is no PASS, though it was red before the task began: such as
    the test that the task is to turn green.
    """
    is_no_pass = verdict.kind is not VerdictKind.PASS
    return is_no_pass and any(failure in each.message for each in verdict.reasons)


def _proof(point: Checkpoint, width: int) -> list[Line]:
    verdict = point.verdict
    return [
        BLANK,
        heading("Proof"),
        line(("tests executed  ", Tone.MUTED), str(verdict.tests_executed)),
        *_kept(verdict),
        *_known(verdict),
        *paragraph(f"tree            {verdict.tree_hash}", width, Tone.MUTED),
        *paragraph(f"commit          {point.commit}", width, Tone.MUTED),
        *paragraph(f"base commit     {verdict.base_commit}", width, Tone.MUTED),
        *_files(verdict.changed_files, width),
    ]


def _kept(verdict: Verdict) -> list[Line]:
    if verdict.proved_at is None:
        return []
    told = f"{verdict.proved_at:%Y-%m-%d %H:%M}, of the same tree"
    return [line(("taken from proof", Tone.MUTED), " ", told)]


def _known(verdict: Verdict) -> list[Line]:
    """What was red before the task began, and still is."""
    is_pass = verdict.kind is VerdictKind.PASS
    known = sum(len(check.failures if is_pass else check.known) for check in verdict.checks)
    if not known:
        return []
    words = f"{counted(known, 'failure')} of the base commit left"
    return [line(("known before    ", Tone.MUTED), words)]


def _files(files: tuple[str, ...], width: int) -> list[Line]:
    """One line for each changed file, as a name may hold whatever separates names in a list."""
    names = [*files[:_SHOWN_FILES]] or ["none"]
    if len(files) > len(names):
        names.append(f"and {len(files) - len(names)} more")
    titles = ["changed files   ", *[" " * 16] * (len(names) - 1)]
    return [
        line((title, Tone.MUTED), fit(name, max(width - 16, 8)).rstrip())
        for title, name in zip(titles, names, strict=True)
    ]
