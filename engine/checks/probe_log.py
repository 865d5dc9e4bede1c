"""What the probe wrote down about a run of pytest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from engine.domain.verdict import TestOutcome

_RANK = {TestOutcome.PASSED: 0, TestOutcome.SKIPPED: 1, TestOutcome.FAILED: 2}


class _Event(msgspec.Struct, frozen=True):
    event: str
    id: str = ""
    ids: tuple[str, ...] = ()
    path: str = ""
    outcome: str = ""
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLog:
    """A run of pytest, as far as it came."""

    collected: frozenset[str]
    outcomes: Mapping[str, TestOutcome]
    """The worst phase of each test that has ended or failed."""
    uncollected: tuple[str, ...]
    """Files (or packages) in which collection failed, sorted."""
    running: tuple[str, ...]
    """Tests that had begun and not ended."""
    foreign: tuple[str, ...]
    """Modules taken from the operator's checkout in place of the tree's own."""
    is_finished: bool
    """Whether the session came to its end and every line could be read."""

    @property
    def executed(self) -> int:
        """Number of tests that ran and were not skipped."""
        return sum(outcome is not TestOutcome.SKIPPED for outcome in self.outcomes.values())


def read_probe_log(raw: bytes) -> ProbeLog:
    """The log in `raw`. An unreadable line makes the log unfinished, nothing more."""
    decoder = msgspec.json.Decoder(_Event)
    events: list[_Event] = []
    is_damaged = False
    for line in raw.splitlines():
        try:
            events.append(decoder.decode(line))
        except msgspec.DecodeError:
            is_damaged = True
    last = [event for event in events if event.event == "finished"]
    return ProbeLog(
        collected=frozenset(test for event in _of(events, "collected") for test in event.ids),
        outcomes=_outcomes(_of(events, "outcome")),
        uncollected=tuple(sorted({event.path for event in _of(events, "uncollected")})),
        running=_running(events),
        foreign=last[-1].foreign if last else (),
        is_finished=bool(last) and not is_damaged,
    )


def _of(events: Iterable[_Event], kind: str) -> list[_Event]:
    return [event for event in events if event.event == kind]


def _outcomes(events: Iterable[_Event]) -> dict[str, TestOutcome]:
    worst: dict[str, TestOutcome] = {}
    for event in events:
        try:
            outcome = TestOutcome(event.outcome)
        except ValueError:
            continue  # plugins add words such as `rerun`; the final outcome follows
        worst[event.id] = max(worst.get(event.id, outcome), outcome, key=_RANK.__getitem__)
    return worst


def _running(events: Iterable[_Event]) -> tuple[str, ...]:
    running: dict[str, None] = {}
    for event in events:
        if event.event == "started":
            running[event.id] = None
        elif event.event == "ended":
            running.pop(event.id, None)
    return tuple(running)
