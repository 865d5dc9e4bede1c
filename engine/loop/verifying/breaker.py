"""Stops verification where a checker itself does not work, so that tasks do not fail for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, CheckReport, Reason, Verdict, VerdictKind
from engine.loop.host import line_of_no_room
from engine.loop.verifying.case import Case
from engine.loop.verifying.kept import keep, read_kept
from engine.loop.verifying.seal import Seal
from engine.ports.clock import Clock
from engine.ralph.evidence import BaselineResult
from engine.ralph.wording import how_to_mend, one_line

OPENS_AFTER = 3
"""Verifications in a row in which the checker was broken with and without the change."""
PAUSE = timedelta(minutes=5)
"""Then one verification may try whether it works again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A checker that did not work the last times."""

    check: str
    signature: str
    """Of the environment it did not work in: a repaired one starts afresh."""
    count: int
    command: tuple[str, ...]
    explanation: str
    open_until: datetime | None = None
    """None: verifications still try it."""


class Breaker:
    """Remembers troubles in a file that the processes of one repository share.

    When two of them write at once one count may be lost: the breaker then opens later.
    """

    def __init__(self, path: Path, clock: Clock, seal: Seal) -> None:
        self._path = path
        self._seal = seal
        self._clock = clock
        self._lock = asyncio.Lock()

    async def refusal(self, signature: str) -> Trouble | None:
        """The checker for which verification is refused now; None: go ahead.

        After the pause one caller may try, while the others wait for another pause to end: if the
        one dies, the next takes its place.
        """
        async with self._lock:
            now, troubles = self._clock.now(), await self._read(signature)
            shut = [trouble for trouble in troubles if trouble.open_until is not None]
            for trouble in shut:
                if trouble.open_until is not None and now < trouble.open_until:
                    return trouble
            if shut:
                await self._write(
                    replace(trouble, open_until=now + PAUSE) if trouble in shut else trouble
                    for trouble in troubles
                )
            return None

    async def learn(
        self, reports: Iterable[CheckReport], baseline: BaselineResult, signature: str
    ) -> None:
        """Take note of how the checkers worked. Not counted is one that only the change broke, or
        a disk that was full.
        """
        async with self._lock:
            before = await self._read(signature)
            troubles = {trouble.check: trouble for trouble in before}
            for report in reports:
                name = report.result.name
                if report.result.outcome is not CheckOutcome.BROKEN:
                    troubles.pop(name, None)
                elif _is_broken(baseline, name) and not _had_no_room(report):
                    troubles[name] = self._worse(report, troubles.get(name), signature)
            after = list(troubles.values())
            if after != before:
                await self._write(after)

    def _worse(self, report: CheckReport, before: Trouble | None, signature: str) -> Trouble:
        count = (before.count if before else 0) + 1
        return Trouble(
            check=report.result.name,
            signature=signature,
            count=count,
            command=report.result.command,
            explanation=report.result.explanation,
            open_until=self._clock.now() + PAUSE if count >= OPENS_AFTER else None,
        )

    async def _read(self, signature: str) -> list[Trouble]:
        text = await asyncio.to_thread(read_kept, self._path, self._seal)
        if text is None:
            return []
        try:
            troubles = msgspec.json.decode(text, type=list[Trouble])
        except msgspec.MsgspecError:
            return []
        return [trouble for trouble in troubles if trouble.signature == signature]

    async def _write(self, troubles: Iterable[Trouble]) -> None:
        text = msgspec.json.encode(list(troubles)).decode()
        await asyncio.to_thread(keep, self._path, text, self._seal)


def refused(case: Case, trouble: Trouble) -> Verdict:
    """The verdict while a checker does not work."""
    until = f"{trouble.open_until:%H:%M} UTC" if trouble.open_until else "the pause"
    message = (
        f"check {trouble.check} could not do its work {trouble.count} times in a row, also without "
        f"any change: {one_line(trouble.explanation)}; nothing was run, and it is tried again "
        f"after {until}"
    )
    return Verdict(
        kind=VerdictKind.BLOCKED,
        reasons=(Reason(rule="checker-down", message=message),),
        checks=(),
        tree_hash=case.head_tree,
        base_commit=case.question.base,
        head_commit=case.question.head,
        next_step=how_to_mend(trouble.command),
    )


def _is_broken(baseline: BaselineResult, name: str) -> bool:
    before = baseline.of(name)
    return before is not None and before.outcome is CheckOutcome.BROKEN


def _had_no_room(report: CheckReport) -> bool:
    return bool(line_of_no_room(f"{report.result.explanation}\n{report.result.tail}"))
