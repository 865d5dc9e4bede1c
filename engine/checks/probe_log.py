"""What the probe wrote down about one run of pytest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from engine.domain.values import dataclass
from engine.domain.verdict import TestOutcome

_RED = frozenset({"failed", "forged"})
_UNEXPECTED_OR_EXPECTED_FAILURE = frozenset({"xfailed", "xpassed"})
_PHASES = ("setup", "call", "teardown")
WORKERS = "::workers"
"""In place of a file while processes of pytest-xdist collect: which file it is they do not tell."""


class ProbeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    key: str
    number: int
    event: str
    id: str = ""
    ids: tuple[str, ...] = ()
    path: str = ""
    line: int | None = None
    when: str = ""
    message: str = ""
    phases: tuple[tuple[str, str], ...] = ()
    """Phase and outcome, in the order they were reported; failures are events of their own. Of the
    event `passed`, which ends a test of which every phase passed once: empty.
    """
    foreign: tuple[str, ...] = ()

    @property
    def is_crash(self) -> bool:
        """Whether a failure took a worker process of pytest-xdist with it."""
        return self.event == "failed" and self.when not in _PHASES


@dataclass(frozen=True, slots=True, kw_only=True)
class RedTest:
    """A failure of one test, with the words of its report."""

    message: str
    path: str
    line: int | None
    is_crash: bool
    """It took a worker process of pytest-xdist with it."""
    is_forged: bool
    """It was reported as passed although it raised, or by somebody who did not run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLog:
    """A run of pytest, as far as it came."""

    collected: frozenset[str]
    outcomes: Mapping[str, TestOutcome]
    """Of each test that has ended, or failed before."""
    red: Mapping[str, RedTest]
    """Of each failed test its first failure."""
    uncollected: Mapping[str, str]
    """What was said about each file (or package) in which collection failed."""
    running: tuple[str, ...]
    """Tests that had begun and not ended."""
    importing: str
    """File or folder that was being imported at the end; empty: none."""
    has_workers: bool
    """Whether tests ran in processes of pytest-xdist. What they begin is heard of later: when the
    run is ended from outside, what was running is not known.
    """
    foreign: tuple[str, ...]
    """Modules taken from the operator's checkout in place of the tree's own."""
    is_finished: bool
    """Whether the session came to its end."""
    is_damaged: bool
    """Whether lines were missing, unreadable, or written by somebody else."""


class ProbeReader:
    """Reads the log while it grows."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._decoder = msgspec.json.Decoder(ProbeEvent)
        self._events: list[ProbeEvent] = []
        self._rest = b""
        self._is_damaged = False

    def feed(self, raw: bytes) -> Sequence[ProbeEvent]:
        """The events whose lines are completed by `raw`, the next bytes of the file."""
        *lines, self._rest = (self._rest + raw).split(b"\n")
        first = len(self._events)
        for line in lines:
            self._take(line)
        return self._events[first:]

    def _take(self, line: bytes) -> None:
        try:
            event = self._decoder.decode(line)
        except msgspec.DecodeError:
            self._is_damaged = True
            return
        if event.key != self._key or event.number != len(self._events):
            self._is_damaged = True
            return
        self._events.append(event)

    def log(self) -> ProbeLog:
        """The account so far. A last line without its end is no damage: the process died."""
        events = self._events
        last = [event for event in events if event.event == "finished"]
        red = _red(events)
        return ProbeLog(
            collected=frozenset(test for event in events for test in event.ids),
            outcomes=_outcomes(events, red),
            red=red,
            uncollected={e.path: e.message for e in events if e.event == "uncollected"},
            running=_running(events),
            importing=_importing(events),
            has_workers=any(e.event == "importing" and e.path == WORKERS for e in events),
            foreign=last[-1].foreign if last else (),
            is_finished=bool(last),
            is_damaged=self._is_damaged,
        )


def _red(events: Iterable[ProbeEvent]) -> dict[str, RedTest]:
    red: dict[str, RedTest] = {}
    for event in events:
        if event.event in _RED and event.id not in red:
            red[event.id] = RedTest(
                message=event.message,
                path=event.path,
                line=event.line,
                is_crash=event.is_crash,
                is_forged=event.event == "forged",
            )
    return red


def _outcomes(events: Iterable[ProbeEvent], red: Iterable[str]) -> dict[str, TestOutcome]:
    outcomes: dict[str, TestOutcome] = {}
    for event in events:
        match event.event:
            case "passed":
                outcomes[event.id] = TestOutcome.PASSED
            case "ended" if outcome := outcome_of(event.phases):
                outcomes[event.id] = outcome
            case _:
                pass
    return outcomes | dict.fromkeys(red, TestOutcome.FAILED)


def outcome_of(phases: Iterable[tuple[str, str]]) -> TestOutcome | None:
    """What phases without a failure amount to; None: they are no account of the test.

    Only a test that was set up, called and torn down has passed. Of a phase that was run again the
    last time counts.
    """
    last = dict(phases)
    said = set(last.values())
    if said & _UNEXPECTED_OR_EXPECTED_FAILURE or "skipped" in said:
        return TestOutcome.SKIPPED
    if all(last.get(phase) == "passed" for phase in _PHASES):
        return TestOutcome.PASSED
    return None


def _running(events: Iterable[ProbeEvent]) -> tuple[str, ...]:
    running: dict[str, None] = {}
    for event in events:
        if event.event == "started":
            running[event.id] = None
        elif event.event in ("ended", "passed") or event.is_crash:
            running.pop(event.id, None)
    return tuple(running)


def _importing(events: Iterable[ProbeEvent]) -> str:
    importing = ""
    for event in events:
        if event.event == "importing":
            importing = event.path
        elif event.event in ("imported", "started"):
            importing = ""
    return importing
