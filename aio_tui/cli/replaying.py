"""`aio-tui replay`: a past run or task as lines of text, or how all stood at a moment of it."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, print_table
from aio_tui.cli.session import engine_of
from aio_tui.cli.summary import totals
from aio_tui.plain.lines import LineReader
from aio_tui.plain.telling import transcript_texts
from aio_tui.widgets.replay_lines import sign_of, words
from aio_tui.widgets.replay_tasks import sign_of as task_sign
from aio_tui.wording import amount, cost, duration
from engine.app.engine import Engine
from engine.app.replay import moments, moves, scopes
from engine.domain.errors import InputError
from engine.domain.facts import JournalEntry, Landmark, landmark_of
from engine.domain.ids import TaskId
from engine.domain.transcript import TranscriptEntry
from engine.ports.replay import Moment, Position, Scope, TaskThen
from engine.ports.store import FactQuery, Reader

_PAGE = 500
_LONGEST_S = 2.0
"""Of a long time in which nothing happened."""
_AFTER = re.compile(r"\+(\d{1,9})([smhd])")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SAID_BYTES = 8192
_TOLD = 10
_SAID = 20
_HEARD = 60
"""Tasks that need not have been at work for what their agents had said to be told."""


async def replay(args: argparse.Namespace) -> Exit:
    """Print what happened in its order, or with --at how all stood then."""
    async with engine_of(args) as engine:
        if args.list:
            _print_runs(args, await engine.read(scopes.runs))
            return Exit.DONE
        scope = await engine.read(partial(_found, args.what))
        if args.at is not None:
            await _print_moment(args, engine, scope)
        else:
            await _print_story(args, engine, scope)
    return Exit.DONE


def _found(what: str, reader: Reader) -> Scope:
    return scopes.found(reader, what)


def _print_runs(args: argparse.Namespace, runs: list[Scope]) -> None:
    if args.json:
        print_json([_scope(run) for run in runs])
        return
    rows = [
        (str(number), f"{run.began_at:%Y-%m-%d %H:%M:%S}", duration(run.lasted_s),
         str(run.last - run.first + 1))
        for number, run in enumerate(runs, start=1)
    ]  # fmt: skip
    print_table(("run", "began (UTC)", "lasted", "facts"), rows)


# The story, fact by fact.


async def _print_story(args: argparse.Namespace, engine: Engine, scope: Scope) -> None:
    wanted = frozenset(Landmark(name) for name in args.only)
    pace = _Pace(scope, speed=args.speed, is_stepped=args.step)
    async for entry in _entries(engine, scope, wanted):
        if not await pace.comes_to(entry):
            return
        if args.json:
            sys.stdout.write(json.dumps(_fact(entry)) + "\n")
            sys.stdout.flush()
        else:
            print_lines([_line(scope, entry)])


async def _entries(
    engine: Engine, scope: Scope, wanted: frozenset[Landmark]
) -> AsyncIterator[JournalEntry]:
    seq = scope.first - 1
    while True:
        query = FactQuery(
            task_id=scope.task_id, landmarks=wanted, after=seq, before=scope.last + 1, limit=_PAGE
        )
        page = await engine.read(partial(_page, query))
        for entry in page:
            yield entry
        if len(page) < _PAGE:
            return
        seq = page[-1].seq


def _page(query: FactQuery, reader: Reader) -> list[JournalEntry]:
    return reader.facts(query)


class _Pace:
    """Lets each fact come at once, in its time, or when Enter is pressed."""

    def __init__(self, scope: Scope, *, speed: float | None, is_stepped: bool) -> None:
        self._at = scope.began_at
        self._speed = speed
        self._keys: AsyncIterator[str] | None = None
        if is_stepped:
            lines = LineReader(sys.stdin.fileno())
            lines.begin()
            self._keys = aiter(lines)

    async def comes_to(self, entry: JournalEntry) -> bool:
        """Wait until it is to be told; False: nobody wants more."""
        if self._speed is not None:
            gone_s = max((entry.at - self._at).total_seconds(), 0.0)
            await asyncio.sleep(min(gone_s / self._speed, _LONGEST_S))
        self._at = entry.at
        if self._keys is None:
            return True
        answer = await anext(self._keys, None)
        return answer is not None and answer.strip() != "q"


def _line(scope: Scope, entry: JournalEntry) -> str:
    who = f"{entry.task_id}: " if entry.task_id and scope.task_id is None else ""
    glyph, _ = sign_of(entry)
    return f"{entry.at:%Y-%m-%d %H:%M:%S}  {glyph} {who}{words(entry)}"


def _fact(entry: JournalEntry) -> dict[str, object]:
    landmark = landmark_of(entry.fact)
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "task_id": entry.task_id,
        "kind": getattr(entry.fact, "kind", entry.fact.KIND),
        "landmark": landmark.value if landmark is not None else None,
        "text": words(entry),
    }


# How all stood.


async def _print_moment(args: argparse.Namespace, engine: Engine, scope: Scope) -> None:
    at = moment_of(args.at, scope)

    def look(reader: Reader) -> Moment:
        return moments.whole_moment(reader, scope, moves.at_time(reader, scope, at))

    moment = await engine.read(look)
    heard = (*moment.tasks[:_HEARD], *(then for then in moment.tasks[_HEARD:] if then.is_live))
    said = {then.task_id: await _said(engine, then, moment.position) for then in heard}
    if args.json:
        print_json(_document(moment, said))
        return
    print_lines([*_clock(moment), *_stood(moment)])
    for then in heard:
        texts = transcript_texts(said[then.task_id])[-_SAID:]
        if texts and (then.is_live or scope.task_id is not None):
            head = f"{then.task_id}, iteration {then.iteration}, had said:"
            print_lines(["", head, *(f"  {text}" for text in texts)])


def moment_of(told: str, scope: Scope) -> datetime:
    """What `--at` means: a time, or one after the begin such as `+90s`, `+5m`.

    Raises:
        InputError: it is no time.
    """
    after = _AFTER.fullmatch(told)
    try:
        if after is not None:
            return scope.began_at + timedelta(seconds=int(after[1]) * _UNIT_S[after[2]])
        named = datetime.fromisoformat(told)
        return (named if named.tzinfo else named.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"--at {told!r} is no time",
            hint="use +90s, +5m or +2h after the begin, or a time such as 2026-01-05T22:00 (UTC)",
        ) from None


async def _said(engine: Engine, then: TaskThen, position: Position) -> tuple[TranscriptEntry, ...]:
    if not then.iteration:
        return ()
    past = await engine.past_transcript(
        then.task_id, then.iteration, position.at, limit_bytes=_SAID_BYTES
    )
    return past.entries


def _clock(moment: Moment) -> Iterator[str]:
    scope, at = moment.scope, moment.position.at
    gone_s = max((at - scope.began_at).total_seconds(), 0.0)
    gone = f"{duration(gone_s)} of {duration(scope.lasted_s)}"
    yield f"{scope.title}: {at:%Y-%m-%d %H:%M:%S} UTC, {gone}"
    yield f"{cost(moment.usage)}, {amount(moment.usage.tokens)} tokens by then"


def _stood(moment: Moment) -> Iterator[str]:
    states = Counter(then.state for then in moment.tasks if then.state is not None)
    merges = Counter(then.merge_state for then in moment.tasks if then.merge_state is not None)
    yield totals(states, merges)
    for then in moment.tasks:
        state = task_sign(then).word
        live = ", at work" if then.is_live else ""
        iteration = f", iteration {then.iteration}{live}" if then.iteration else ""
        yield f"  {then.task_id}: {state}{iteration}; {words(then.newest)}"
    yield "what had happened last:"
    for entry in moment.entries[-_TOLD:]:
        yield f"  {_line(moment.scope, entry)}"


def _scope(scope: Scope) -> dict[str, object]:
    return {
        "title": scope.title,
        "task_id": scope.task_id,
        "began_at": scope.began_at,
        "ended_at": scope.ended_at,
        "first": scope.first,
        "last": scope.last,
        "is_open": scope.is_open,
    }


def _document(moment: Moment, said: dict[TaskId, tuple[TranscriptEntry, ...]]) -> dict[str, object]:
    return {
        "replayed": _scope(moment.scope),
        "at": moment.position.at,
        "seq": moment.position.seq,
        "cost_usd": moment.usage.cost_usd,
        "tokens": moment.usage.tokens,
        "tasks": [
            {
                "task_id": then.task_id,
                "state": then.state,
                "merge_state": then.merge_state,
                "iteration": then.iteration,
                "recorded": then.recorded,
                "is_live": then.is_live,
                "newest": _fact(then.newest),
                "said": [
                    {"at": entry.at, "kind": entry.kind, "text": entry.text}
                    for entry in said.get(then.task_id, ())
                ],
            }
            for then in moment.tasks
        ],
        "facts": [_fact(entry) for entry in moment.entries[-_TOLD:]],
    }
