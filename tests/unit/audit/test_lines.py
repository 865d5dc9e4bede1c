from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audit.lines import GENESIS, chain_of, chained, content_of, decision_in
from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import InputError

DECISION = Decision(
    at=datetime(2026, 1, 5, 22, 0, tzinfo=UTC),
    kind=DecisionKind.ESCALATION_ANSWER,
    task_id="fix-1",
    repo="shop",
    decision="approve once",
    value="git push --force",
    confidence=0.75,
    severity=Severity.HIGH,
    approver="ana",
    reason="I know what I do",
    ref="esc-1",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ZONES = st.integers(-50_000, 50_000).map(lambda s: timezone(timedelta(seconds=s))) | st.just(UTC)
DECISIONS = st.builds(
    Decision,
    at=st.datetimes(min_value=datetime(1900, 1, 1), timezones=ZONES),  # noqa: DTZ001  its zone follows
    kind=st.sampled_from(DecisionKind),
    task_id=st.none() | TEXT,
    repo=TEXT,
    decision=TEXT,
    value=TEXT,
    confidence=st.floats(0, 1),
    severity=st.sampled_from(Severity),
    approver=TEXT,
    reason=TEXT,
    ref=TEXT,
)
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(DECISIONS, HASHES)
def test_every_decision_comes_back_from_its_line(decision: Decision, prev: str) -> None:
    line, digest = chained(content_of(decision), prev)

    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert chain_of(line[:-1]) == (digest, prev)
    assert decision_in(line[:-1]) == decision


def test_a_line_is_json_that_other_programs_read() -> None:
    line, digest = chained(content_of(DECISION), GENESIS)

    assert json.loads(line) == {
        "hash": digest,
        "prev": GENESIS,
        "at": "2026-01-05T22:00:00Z",
        "kind": "ESCALATION_ANSWER",
        "task_id": "fix-1",
        "repo": "shop",
        "decision": "approve once",
        "value": "git push --force",
        "confidence": 0.75,
        "severity": "high",
        "approver": "ana",
        "reason": "I know what I do",
        "ref": "esc-1",
    }


def test_a_lone_surrogate_is_kept() -> None:
    decision = replace(DECISION, value="rm \udcff")

    assert decision_in(chained(content_of(decision), GENESIS)[0][:-1]) == decision


@given(place=st.integers(0, 10_000), mask=st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, mask: int) -> None:
    line = bytearray(chained(content_of(DECISION), GENESIS)[0][:-1])
    line[place % len(line)] ^= mask

    assert chain_of(bytes(line)) is None
    assert decision_in(bytes(line)) is None


def test_a_line_cut_at_any_place_is_noticed() -> None:
    line = chained(content_of(DECISION), GENESIS)[0][:-1]

    assert [size for size in range(len(line)) if chain_of(line[:size]) is not None] == []


@given(st.binary(max_size=300))
def test_junk_is_no_decision(junk: bytes) -> None:
    assert decision_in(junk) is None


@pytest.mark.parametrize(
    "content", [b"{}", b'{"at":1}', b'{"kind":"FUTURE"}', b"{" + b"[" * 100_000]
)
def test_an_intact_line_of_another_shape_is_no_decision(content: bytes) -> None:
    line = chained(content, GENESIS)[0][:-1]

    assert chain_of(line) is not None
    assert decision_in(line) is None


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        content_of(replace(DECISION, at=datetime(2026, 1, 5)))  # noqa: DTZ001  the wrong input


@pytest.mark.parametrize("confidence", [float("nan"), float("inf")])
def test_a_confidence_that_is_no_number_is_refused(confidence: float) -> None:
    with pytest.raises(InputError, match="confidence"):
        content_of(replace(DECISION, confidence=confidence))


def test_a_time_of_another_zone_is_kept_as_the_same_moment() -> None:
    decision = replace(
        DECISION, at=datetime(2026, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    )

    read = decision_in(chained(content_of(decision), GENESIS)[0][:-1])

    assert read is not None
    assert read.at == datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
