"""From one moment of a replay to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from engine.app.replay.moments import WINDOW
from engine.app.replay.scopes import begin, end, within
from engine.domain.errors import InputError
from engine.domain.facts import IterationFinished, JournalEntry, Landmark
from engine.ports.replay import Position, Scope
from engine.ports.store import Reader

Move = Callable[[Reader, Scope, Position], Position]
"""From one moment to another.

Raises:
    InputError: there is none in that direction; the message says so to the operator.
"""


def at_time(reader: Reader, scope: Scope, at: datetime) -> Position:
    """The position at that time: the last entry that came by then has happened."""
    at = min(max(at, scope.began_at), scope.ended_at)
    low, high = scope.first, scope.last  # the entry at `low` has happened by then
    while low < high:
        middle = (low + high + 1) // 2
        (entry,) = reader.facts(replace(within(scope, after=middle - 1), limit=1))
        if entry.at <= at:
            low = entry.seq
        else:
            high = middle - 1
    return Position(seq=low, at=at)


def stepped(steps: int) -> Move:
    """So many entries further, or back."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        if steps > 0:
            ahead = reader.facts(replace(within(scope, after=position.seq), limit=steps))
            return _at(ahead[-1]) if ahead else end(scope)
        behind = within(scope, before=position.seq)
        back = reader.facts(replace(behind, is_newest_first=True, limit=-steps))
        return _at(back[0]) if back else begin(scope)

    return move


def jumped(landmark: Landmark, step: int) -> Move:
    """To the next (1) or previous (-1) one of that kind."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        if step > 0:
            query = replace(within(scope, after=position.seq), limit=1)
        else:
            behind = within(scope, before=position.seq)
            query = replace(behind, is_newest_first=True, limit=1)
        there = reader.facts(replace(query, landmarks=frozenset({landmark})))
        if not there:
            word = "later" if step > 0 else "earlier"
            raise InputError(f"no {word} {landmark.value} in {scope.title}", hint="stay here")
        return _at(there[0])

    return move


def to_verdict(iteration: int) -> Move:
    """To where this iteration of the scope's task had ended."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        verdicts = replace(within(scope), landmarks=frozenset({Landmark.VERDICT}))
        for entry in reader.facts(verdicts):
            if isinstance(entry.fact, IterationFinished) and entry.fact.iteration == iteration:
                return _at(entry)
        raise InputError(
            f"no end of iteration {iteration} in {scope.title}", hint="step through it"
        )

    return move


def shifted(part: float) -> Move:
    """By a part of the whole time: -0.05 is a twentieth back."""

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        step = timedelta(seconds=scope.lasted_s * part)
        to = at_time(reader, scope, position.at + step)
        if to.seq == position.seq and part > 0 and to.at >= scope.ended_at:
            return end(scope)
        return to

    return move


def to_begin(reader: Reader, scope: Scope, position: Position) -> Position:
    """Where it begins."""
    return begin(scope)


def to_end(reader: Reader, scope: Scope, position: Position) -> Position:
    """Where it ends, as far as it has come."""
    return end(scope)


def played(seconds: float, *, longest_s: float, said_at: datetime | None) -> Move:
    """On by `seconds` of the run's time.

    Args:
        seconds: how much.
        longest_s: a longer time in which nothing happened is left out.
        said_at: when the transcript that is looked at goes on; None: it does not.
    """

    def move(reader: Reader, scope: Scope, position: Position) -> Position:
        ahead = reader.facts(replace(within(scope, after=position.seq), limit=WINDOW))
        news = [entry.at for entry in ahead[:1]]
        if said_at is not None and said_at <= scope.ended_at:
            news.append(said_at)
        if not news:
            return end(scope)
        at = position.at + timedelta(seconds=seconds)
        at = max(at, min(news) - timedelta(seconds=longest_s))
        seq = position.seq
        for entry in ahead:
            if entry.at > at:
                break
            seq = entry.seq
        return Position(seq=seq, at=at)

    return move


def _at(entry: JournalEntry) -> Position:
    return Position(seq=entry.seq, at=entry.at)
