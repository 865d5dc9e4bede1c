"""Exit code and probe must agree, or a run of pytest means nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checks.probe_log import ProbeLog, read_probe_log
from engine.checks.pytest_reading import Reading, read_outcome
from engine.domain.verdict import CheckOutcome
from engine.domain.verdict import TestOutcome as Outcome

CLEAN, FINDINGS = CheckOutcome.CLEAN, CheckOutcome.FINDINGS
TIMEOUT, BROKEN = CheckOutcome.TIMEOUT, CheckOutcome.BROKEN


def _lines(*events: dict[str, Any]) -> bytes:
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def _collected(*ids: str) -> dict[str, Any]:
    return {"event": "collected", "ids": ids}


def _ran(test: str, outcome: str) -> tuple[dict[str, Any], ...]:
    return (
        {"event": "started", "id": test},
        {"event": "outcome", "id": test, "outcome": outcome},
        {"event": "ended", "id": test},
    )


FINISHED: dict[str, Any] = {"event": "finished", "foreign": []}
LOST: dict[str, Any] = {"event": "uncollected", "path": "b.py"}
HANGING: dict[str, Any] = {"event": "started", "id": "b"}
GREEN = (_collected("a"), *_ran("a", "passed"))
RED = (_collected("a", "b"), *_ran("a", "passed"), *_ran("b", "failed"))


def _read(exit_code: int | None, *events: dict[str, Any], output: str = "said") -> Reading:
    return read_outcome(exit_code, read_probe_log(_lines(*events)), output, limit_s=9)


@pytest.mark.parametrize(
    ("exit_code", "events", "outcome", "failures"),
    [
        (0, (*GREEN, FINISHED), CLEAN, ()),
        (5, (FINISHED,), CLEAN, ()),
        (1, (*RED, FINISHED), FINDINGS, ("b",)),
        (0, (*RED, FINISHED), FINDINGS, ("b",)),
        (1, (*GREEN, LOST, FINISHED), FINDINGS, ("b.py::collection",)),
        (1, (LOST | {"path": ""}, FINISHED), FINDINGS, (".::collection",)),
        (1, (*GREEN, FINISHED), FINDINGS, ("exit-1",)),
        (6, (*GREEN, FINISHED), FINDINGS, ("exit-6",)),
        (4, (LOST,), FINDINGS, ("b.py::collection",)),
        (0, (), BROKEN, ()),
        (0, GREEN, BROKEN, ()),
        (0, (*GREEN, _collected("c"), FINISHED), BROKEN, ()),
        (1, (*GREEN, _collected("c"), FINISHED), BROKEN, ()),
        (1, (), BROKEN, ()),
        (2, (*GREEN, FINISHED), BROKEN, ()),
        (3, (*RED, FINISHED), BROKEN, ("b",)),
        (4, (), BROKEN, ()),
        (-11, (*GREEN, HANGING), BROKEN, ("b",)),
        (-9, (LOST,), BROKEN, ("b.py::collection",)),
        (2, (LOST, HANGING), BROKEN, ("b", "b.py::collection")),
        (None, (*GREEN, HANGING), TIMEOUT, ("b",)),
        (None, (), TIMEOUT, ()),
        (0, (*GREEN, FINISHED | {"foreign": ["m.py"]}), BROKEN, ()),
    ],
)
def test_outcome_needs_an_account_of_every_test(
    exit_code: int | None,
    events: tuple[dict[str, Any], ...],
    outcome: CheckOutcome,
    failures: tuple[str, ...],
) -> None:
    reading = _read(exit_code, *events)
    assert (reading.outcome, reading.failures) == (outcome, failures)
    assert bool(reading.explanation) == (outcome in (TIMEOUT, BROKEN))


@pytest.mark.parametrize(
    ("exit_code", "events", "explanation"),
    [
        (None, (HANGING,), "stopped after 9 s while b ran"),
        (None, (), "stopped after 9 s"),
        (-11, (HANGING,), "pytest was ended by signal 11 while b ran"),
        (4, (), "pytest refused its arguments or configuration: said"),
        (0, (HANGING,), "pytest ended with code 0 before its end while b ran: said"),
    ],
)
def test_explanation_names_what_was_running(
    exit_code: int | None, events: tuple[dict[str, Any], ...], explanation: str
) -> None:
    assert _read(exit_code, *events).explanation == explanation


def test_worst_phase_of_a_test_counts() -> None:
    events = (
        *_ran("a", "passed"),
        *_ran("a", "failed"),
        *_ran("a", "rerun"),
        *_ran("b", "skipped"),
    )
    log = read_probe_log(_lines(*events))
    assert log.outcomes == {"a": Outcome.FAILED, "b": Outcome.SKIPPED}
    assert log.executed == 1


def test_every_cut_of_an_account_is_never_clean() -> None:
    """A process may die, or a disk fill up, at any byte."""
    whole = _lines(*GREEN, FINISHED)
    for length in range(len(whole) - 1):
        log = read_probe_log(whole[:length])
        assert read_outcome(0, log, "", limit_s=9).outcome is BROKEN


def test_unreadable_line_makes_an_account_unfinished() -> None:
    log = read_probe_log(_lines(*GREEN) + b"\xff{nonsense\n" + _lines(FINISHED))
    assert not log.is_finished
    assert log.outcomes == {"a": Outcome.PASSED}


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_some_account(raw: bytes) -> None:
    log = read_probe_log(raw)
    assert isinstance(log, ProbeLog)
    assert not log.is_finished
