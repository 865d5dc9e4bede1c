"""Tasks held against each other, in words: for the command line and the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aio_tui.wording import VERDICT_SIGNS, Tone, amount, cost, counted, duration, said, sign_of
from engine.domain.change import ChangedFiles
from engine.domain.verdict import CheckResult, VerdictKind
from engine.ports.comparison import Contender

NONE = "-"
_SHOWN_VERDICTS = 8


class Cell(NamedTuple):
    """What one task has in one respect."""

    text: str
    tone: Tone = Tone.NORMAL


class Row(NamedTuple):
    """One respect, for each of the tasks."""

    name: str
    cells: list[Cell]


def rows(contenders: Sequence[Contender], changes: Sequence[ChangedFiles | None] = ()) -> list[Row]:
    """All respects; `changes` is what each task does to its base, where that could be read."""
    respects: list[tuple[str, Callable[[Contender], Cell]]] = [
        ("state", _state),
        ("begins at", _origin),
        ("by", lambda one: Cell(by_words(one))),
        ("iterations", _iterations),
        ("verdicts", _verdicts),
        ("because", _because),
        ("cost", lambda one: Cell(_with_after(one, cost(one.usage), _cost_after(one)))),
        ("tokens", lambda one: Cell(amount(one.usage.tokens))),
        ("time", lambda one: Cell(_with_after(one, duration(one.work_s), _time_after(one)))),
    ]
    found = [Row(name, [told(one) for one in contenders]) for name, told in respects]
    if changes:
        found.append(Row("change", [Cell(change_words(each)) for each in changes]))
    names = {check.name: None for one in contenders for check in _checks(one)}
    found.extend(Row(name, [_check(one, name) for one in contenders]) for name in names)
    return found


def by_words(one: Contender) -> str:
    """Who worked: the backends, and the model if one was named."""
    names = dict.fromkeys(point.agent for point in one.points)
    told = ", ".join(names) or one.item.backend or "as configured"
    return f"{told}, {one.item.model}" if one.item.model else told


def change_words(changed: ChangedFiles | None) -> str:
    """Such as `2 files, +12 -3`."""
    if changed is None:
        return NONE
    files = counted(len(changed.files) + changed.left_out, "file")
    added = sum(file.added or 0 for file in changed.files)
    removed = sum(file.removed or 0 for file in changed.files)
    return f"{files}, +{added} -{removed}"


def _state(one: Contender) -> Cell:
    sign = sign_of(one.item)
    return Cell(f"{sign.glyph} {sign.word}", sign.tone)


def _origin(one: Contender) -> Cell:
    item = one.item
    if item.branched_from is None:
        return Cell("the base branch")
    return Cell(f"{item.branched_from}, iteration {item.branched_at}")


def _iterations(one: Contender) -> Cell:
    return Cell(_with_after(one, str(len(one.points)), str(len(one.after))))


def _verdicts(one: Contender) -> Cell:
    if one.last is None:
        return Cell(NONE, Tone.MUTED)
    signs = [VERDICT_SIGNS[point.verdict.kind] for point in one.points]
    shown = " ".join(sign.glyph for sign in signs[-_SHOWN_VERDICTS:])
    return Cell(f"{signs[-1].word}  {shown}", signs[-1].tone)


def _because(one: Contender) -> Cell:
    reasons = one.last.verdict.reasons if one.last is not None else ()
    return Cell(said(reasons[0]) if reasons else NONE, Tone.MUTED)


def _with_after(one: Contender, whole: str, after: str) -> str:
    """The whole, and what of it came after the others left."""
    return f"{whole} ({after} since they part)" if one.since else whole


def _cost_after(one: Contender) -> str:
    return f"${sum(point.usage.cost_usd for point in one.after):.2f}"


def _time_after(one: Contender) -> str:
    return duration(sum(point.duration_s for point in one.after))


def _checks(one: Contender) -> Sequence[CheckResult]:
    return one.last.verdict.checks if one.last is not None else ()


def _check(one: Contender, name: str) -> Cell:
    check = next((each for each in _checks(one) if each.name == name), None)
    if check is None:
        return Cell(NONE, Tone.MUTED)
    tests = "" if check.tests_executed is None else f", {counted(check.tests_executed, 'test')}"
    is_pass = one.last is not None and one.last.verdict.kind is VerdictKind.PASS
    outcome = "only known" if is_pass and check.failures else check.outcome.value
    failed = f", {counted(len(check.failures), 'failure')}" if check.failures else ""
    tone = Tone.BAD if check.failures and not is_pass else Tone.NORMAL
    return Cell(f"{outcome}{tests}{failed}, {duration(check.duration_s)}", tone)
