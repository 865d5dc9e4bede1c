"""A replay in lines: where in time one is, and what had happened by then."""

from __future__ import annotations

from collections.abc import Sequence

from aio_tui.fact_words import moved_words, told
from aio_tui.widgets.line import Line, Piece, line
from aio_tui.wording import VERDICT_SIGNS, Tone, amount, cost, duration
from engine.domain.facts import (
    IterationFinished,
    JournalEntry,
    Landmark,
    MergeMoved,
    TaskMoved,
    landmark_of,
)
from engine.domain.verdict import VerdictKind
from engine.ports.replay import Moment, Scope

_SIGNS = {
    Landmark.VERDICT: ("◆", Tone.STRONG),
    Landmark.ESCALATION: ("?", Tone.WARN),
    Landmark.ERROR: ("!", Tone.BAD),
}
_RANKS = list(_SIGNS)
_HERE, _GONE, _TO_COME = "●", "═", "─"


def clock_line(moment: Moment, mode: Piece, width: int) -> Line:
    """What the clock says, how far that is, and what had been used."""
    scope, at = moment.scope, moment.position.at
    gone_s = max((at - scope.began_at).total_seconds(), 0.0)
    parts = [
        f"{at:%Y-%m-%d %H:%M:%S}" if width >= _CLOCK_NEEDS else f"{at:%H:%M:%S}",
        f"{duration(min(gone_s, scope.lasted_s))} of {duration(scope.lasted_s)}",
        cost(moment.usage),
        f"{amount(moment.usage.tokens)} tokens",
        f"fact {moment.position.seq - scope.first + 1} of {scope.last - scope.first + 1}",
    ]
    if scope.task_id is not None:
        del parts[-1]  # other tasks' facts lie between its own
    drawn = line(mode, "  ")
    for part in parts:
        longer = line(*drawn.pieces, part, "  ")
        if longer.cells - 2 > width:
            break
        drawn = longer
    return drawn


_CLOCK_NEEDS = 60


def position_line(moment: Moment, marks: Sequence[JournalEntry], width: int) -> Line:
    """The whole time as a line, with what one may jump to, and where one is."""
    scope, cells = moment.scope, max(width, 4)
    here = _cell(scope, moment.position.at.timestamp(), cells)
    drawn: list[Piece] = [
        (_GONE, Tone.BUSY) if at <= here else (_TO_COME, Tone.MUTED) for at in range(cells)
    ]
    ranks = [-1] * cells
    for entry in marks:
        landmark = landmark_of(entry.fact)
        if landmark not in _SIGNS:
            continue
        at, rank = _cell(scope, entry.at.timestamp(), cells), _RANKS.index(landmark)
        if rank >= ranks[at]:
            ranks[at], drawn[at] = rank, sign_of(entry)
    drawn[here] = (_HERE, Tone.KEY)
    return line(*drawn)


def _cell(scope: Scope, at_s: float, cells: int) -> int:
    if not scope.lasted_s:
        return cells - 1
    part = (at_s - scope.began_at.timestamp()) / scope.lasted_s
    return min(max(round(part * (cells - 1)), 0), cells - 1)


def sign_of(entry: JournalEntry) -> tuple[str, Tone]:
    """The sign of an entry that one may jump to; a blank for any other."""
    fact = entry.fact
    if isinstance(fact, IterationFinished) and fact.verdict in set(VerdictKind):
        sign = VERDICT_SIGNS[VerdictKind(fact.verdict)]
        return sign.glyph, sign.tone
    landmark = landmark_of(fact)
    return _SIGNS.get(landmark, (" ", Tone.MUTED)) if landmark else (" ", Tone.MUTED)


def happened_lines(moment: Moment) -> list[Line]:
    """What had happened, newest last."""
    names = moment.scope.task_id is None
    return [_happened(entry, names=names) for entry in moment.entries]


def _happened(entry: JournalEntry, *, names: bool) -> Line:
    who: list[Piece] = [(f"{entry.task_id}: ", Tone.STRONG)] if names and entry.task_id else []
    return line((f"{entry.at:%H:%M:%S} ", Tone.MUTED), sign_of(entry), " ", *who, words(entry))


def words(entry: JournalEntry) -> str:
    """The fact in one line."""
    fact = entry.fact
    if isinstance(fact, TaskMoved):
        because = f": {fact.reason}" if fact.reason else ""
        return f"{moved_words(fact)}{because}"
    if isinstance(fact, MergeMoved):
        return moved_words(fact)
    return told(fact).split("\n", 1)[0][:500]
