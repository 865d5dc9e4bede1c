"""Exit code and probe must agree, or a run of pytest means nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checks.probe_log import ProbeLog, ProbeReader, outcome_of
from engine.checks.pytest_account import Account
from engine.checks.pytest_reading import Reading, read_outcome
from engine.checks.pytest_watch import Limits, Watched
from engine.domain.verdict import CheckOutcome
from engine.domain.verdict import TestOutcome as Outcome
from engine.ports.process import ProcessResult

CLEAN, FINDINGS = CheckOutcome.CLEAN, CheckOutcome.FINDINGS
TIMEOUT, BROKEN = CheckOutcome.TIMEOUT, CheckOutcome.BROKEN
KEY = "k"
Event = dict[str, Any]
PASSED = [["setup", "passed"], ["call", "passed"], ["teardown", "passed"]]


def _lines(*events: Event) -> bytes:
    numbered = ({"key": KEY, "number": number, **event} for number, event in enumerate(events))
    return "".join(json.dumps(event) + "\n" for event in numbered).encode()


def _collected(*ids: str) -> Event:
    return {"event": "collected", "ids": ids}


def _passed(test: str) -> tuple[Event, ...]:
    return ({"event": "started", "id": test}, {"event": "passed", "id": test})


def _failed(test: str, event: str = "failed", when: str = "call") -> tuple[Event, ...]:
    return (
        {"event": "started", "id": test},
        {"event": event, "id": test, "when": when, "message": "assert 0", "path": "b", "line": 3},
        {"event": "ended", "id": test, "phases": [PASSED[0], PASSED[2]]},
    )


FINISHED: Event = {"event": "finished", "foreign": []}
LOST: Event = {"event": "uncollected", "path": "b.py"}
STARTED: Event = {"event": "started", "id": "b"}
IMPORTING: Event = {"event": "importing", "path": "b.py"}
GREEN = (_collected("a"), *_passed("a"))
RED = (_collected("a", "b"), *_passed("a"), *_failed("b"))
BEGUN = (_collected("a", "b"), *_passed("a"), STARTED)


def _log(raw: bytes) -> ProbeLog:
    reader = ProbeReader(KEY)
    reader.feed(raw)
    return reader.log()


def _run(exit_code: int | None, raw: bytes, overdue: tuple[str, ...] = ()) -> Watched:
    ended = ProcessResult(
        exit_code=exit_code, stdout=b"", stderr=b"", is_truncated=False, duration_s=1.0
    )
    return Watched(ended=None if overdue else ended, log=_log(raw), overdue=overdue)


def _account(*runs: Watched) -> Account:
    account = Account()
    for run in runs:
        account.add(run)
    return account


def _read(exit_code: int | None, *events: Event) -> Reading:
    account = _account(_run(exit_code, _lines(*events)))
    return read_outcome(account, "said", out_of="9 s" if exit_code is None else "")


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
        (-11, (*GREEN, FINISHED), FINDINGS, ("exit-signal-11",)),
        (139, (*GREEN, FINISHED), FINDINGS, ("exit-signal-11",)),
        (4, (LOST,), FINDINGS, ("b.py::collection",)),
        (0, (*BEGUN, FINISHED), FINDINGS, ("b",)),
        (-11, BEGUN, BROKEN, ("b",)),
        (0, (), BROKEN, ()),
        (0, GREEN, BROKEN, ()),
        (0, (*GREEN, LOST), BROKEN, ("b.py::collection",)),
        (0, (*GREEN, _collected("c"), FINISHED), BROKEN, ()),
        (1, (*RED, _collected("c"), FINISHED), BROKEN, ("b",)),
        (1, (), BROKEN, ()),
        (2, (*GREEN, FINISHED), BROKEN, ()),
        (3, (*RED, FINISHED), BROKEN, ("b",)),
        (3, (*BEGUN, FINISHED), BROKEN, ("b",)),
        (4, (), BROKEN, ()),
        (None, BEGUN, TIMEOUT, ("b",)),
        (None, (), TIMEOUT, ()),
        (0, (*GREEN, FINISHED | {"foreign": ["m.py"]}), BROKEN, ()),
        (1, (*GREEN, FINISHED | {"key": "x"}), BROKEN, ()),
        (0, (*GREEN, FINISHED | {"number": 9}), BROKEN, ()),
    ],
)
def test_outcome_needs_an_account_of_every_test(
    exit_code: int | None, events: tuple[Event, ...], outcome: CheckOutcome, failures: tuple[str]
) -> None:
    reading = _read(exit_code, *events)
    assert (reading.outcome, reading.failures) == (outcome, failures)
    assert reading.explanation or outcome not in (TIMEOUT, BROKEN)
    if outcome is FINDINGS:
        assert tuple(finding.id for finding in reading.findings) == failures


@pytest.mark.parametrize(
    ("exit_code", "events", "explanation"),
    [
        (None, BEGUN, "stopped after 9 s while b ran; 1 tests have no result"),
        (None, (), "stopped after 9 s"),
        (4, (), "pytest refused its arguments or configuration: said"),
        (0, (), "pytest ended with code 0 before its end: said"),
        (-9, (), "pytest was ended by signal 9"),
        (0, (*BEGUN, FINISHED), "crashed: b"),
        (
            1,
            (*GREEN, *_failed("b", "forged"), FINISHED),
            "reported as passed although it is not: b",
        ),
    ],
)
def test_explanation_names_what_was_running(
    exit_code: int | None, events: tuple[Event, ...], explanation: str
) -> None:
    assert _read(exit_code, *events).explanation == explanation


def test_another_run_goes_on_behind_a_test_that_hung() -> None:
    account = _account(_run(None, _lines(*BEGUN), overdue=("b",)))
    assert account.may_go_on
    account.add(_run(5, _lines(FINISHED)))
    assert not account.may_go_on
    reading = read_outcome(account, "")
    assert (reading.outcome, reading.failures) == (FINDINGS, ("b",))
    assert [finding.rule for finding in reading.findings] == ["test-hung"]


def test_run_that_brings_nothing_new_is_the_last() -> None:
    account = _account(_run(1, _lines()), _run(1, _lines()))
    assert not account.may_go_on
    stuck = _run(None, _lines(IMPORTING), overdue=("b.py",))
    assert _account(stuck).may_go_on
    assert not _account(stuck, stuck).may_go_on


def test_crash_while_several_tests_run_blames_none_of_them() -> None:
    several = (_collected("a", "b"), {"event": "started", "id": "a"}, STARTED)
    account = _account(_run(-9, _lines(*several)))
    assert (account.is_serial, account.may_go_on, account.outcomes) == (True, True, {})


@pytest.mark.parametrize("heard", [(), (STARTED,)])
def test_crash_while_worker_processes_run_blames_none_of_which_was_heard_that_it_began(
    heard: tuple[Event, ...],
) -> None:
    """What another process has begun meanwhile, and did the harm, need not have been told yet."""
    workers = ({"event": "importing", "path": "::workers"}, {"event": "imported"})
    account = _account(_run(-9, _lines(*workers, _collected("a", "b", "c"), *_passed("a"), *heard)))
    assert (account.is_serial, account.may_go_on) == (True, True)
    assert account.outcomes == {"a": Outcome.PASSED}


@pytest.mark.parametrize("events", [_passed("a"), (*_passed("a"), FINISHED)])
def test_run_that_ended_early_for_no_known_reason_is_not_made_good_by_another(
    events: tuple[Event, ...],
) -> None:
    account = _account(_run(3, _lines(_collected("a", "c"), *events)))
    assert not account.may_go_on
    assert read_outcome(account, "").outcome is BROKEN


def test_crash_with_several_processes_that_one_does_not_show_proves_nothing() -> None:
    several = (_collected("a", "b"), {"event": "started", "id": "a"}, STARTED)
    whole = (_collected("a", "b"), *_passed("a"), *_passed("b"), FINISHED)
    account = _account(_run(-9, _lines(*several)), _run(0, _lines(*whole)))
    assert read_outcome(account, "").outcome is BROKEN


def test_test_that_fails_and_then_crashes_is_blamed_for_the_crash() -> None:
    events = (_collected("b", "c"), *_failed("b")[:2])
    account = _account(_run(0, _lines(*events)))
    assert account.may_go_on
    assert list(account.harmful_tests) == ["b"]


def test_file_whose_import_crashes_is_ignored_from_then_on() -> None:
    assert _account(_run(0, _lines(IMPORTING))).ignored == ("b.py",)
    conftest = IMPORTING | {"path": "inner/conftest.py"}
    assert _account(_run(0, _lines(conftest))).ignored == ("inner",)


@pytest.mark.parametrize(
    ("phases", "outcome"),
    [
        (PASSED, Outcome.PASSED),
        (PASSED[:2], None),
        (PASSED[1:], None),
        ([], None),
        ([PASSED[0], ["call", "rerun"], PASSED[2]], None),
        ([PASSED[0], ["call", "rerun"], PASSED[2], *PASSED], Outcome.PASSED),
        ([["setup", "skipped"], PASSED[2]], Outcome.SKIPPED),
        ([PASSED[0], ["call", "skipped"], PASSED[2]], Outcome.SKIPPED),
        ([PASSED[0], ["call", "xfailed"], PASSED[2]], Outcome.SKIPPED),
        ([PASSED[0], ["call", "xpassed"], PASSED[2]], Outcome.SKIPPED),
    ],
)
def test_test_has_passed_only_with_every_phase(
    phases: list[tuple[str, str]], outcome: Outcome | None
) -> None:
    assert outcome_of(phases) is outcome


def test_failure_in_any_phase_counts() -> None:
    log = _log(_lines(*_failed("a", when="teardown"), *_passed("b")))
    assert log.outcomes == {"a": Outcome.FAILED, "b": Outcome.PASSED}


def test_every_cut_of_an_account_is_never_clean() -> None:
    """A process may die, or a disk fill up, at any byte."""
    whole = _lines(*GREEN, FINISHED)
    for length in range(len(whole) - 1):
        assert read_outcome(_account(_run(0, whole[:length])), "").outcome is not CLEAN


def test_unreadable_line_makes_an_account_damaged() -> None:
    log = _log(_lines(*GREEN) + b"\xff{nonsense\n")
    assert log.is_damaged
    assert log.outcomes == {"a": Outcome.PASSED}


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_any_bytes_are_read_as_some_account(pieces: list[bytes]) -> None:
    reader = ProbeReader(KEY)
    for piece in pieces:
        reader.feed(piece)
    assert not reader.log().is_finished


@given(st.integers(min_value=1, max_value=40))
def test_account_is_the_same_however_its_bytes_arrive(size: int) -> None:
    whole = _lines(*RED, FINISHED)
    reader = ProbeReader(KEY)
    for start in range(0, len(whole), size):
        reader.feed(whole[start : start + size])
    assert reader.log() == _log(whole)


def test_test_that_is_known_to_hang_gets_ten_seconds_at_most() -> None:
    limits = Limits(step_s=60.0, known=frozenset({"b"}))
    assert (limits.of("a"), limits.of("b")) == (60.0, 10.0)
    assert Limits(step_s=4.0, known=frozenset({"b"})).of("b") == 4.0
