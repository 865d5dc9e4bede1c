from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.agents.faults import ModelCallError, of_connection, retry_after
from engine.agents.retry import RetryPolicy
from engine.ports.agent import FailureClass

NOW = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)


def fault(retry_after_s: float | None = None) -> ModelCallError:
    return ModelCallError("busy", hint="wait", retry_after_s=retry_after_s)


def policy(chance: float = 1.0, *, max_retries: int = 6, cap_s: float = 300.0) -> RetryPolicy:
    return RetryPolicy(max_retries=max_retries, cap_s=cap_s, random=lambda: chance)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Mon, 05 Jan 2026 22:01:00 GMT"}, 60.0),
        ({"retry-after": "Mon, 05 Jan 2026 21:00:00 GMT"}, 0.0),
        ({}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Mon, 05 Jan 2026 22:01:00"}, None),
    ],
)
def test_a_servers_wish_is_read_or_left(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@given(st.text(max_size=40))
def test_no_header_breaks_the_reading(raw: str) -> None:
    seconds = retry_after({"retry-after": raw}, NOW)
    assert seconds is None or seconds >= 0


def test_waits_double_up_to_the_cap() -> None:
    waits = [policy(cap_s=10.0).wait_s(fault(), attempt) for attempt in range(1, 7)]
    assert waits == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_chance_shortens_a_wait_by_at_most_half() -> None:
    assert policy(chance=0.0).wait_s(fault(), 3) == 2.0


def test_chance_never_shortens_what_the_server_asked_for() -> None:
    assert policy(chance=0.0).wait_s(fault(9.0), 1) == 9.0


@given(
    st.floats(0, 1, exclude_max=True),
    st.none() | st.floats(0, 1e9),
    st.integers(1, 10_000),
    st.floats(0, 600),
)
def test_no_wait_is_above_the_cap(
    chance: float, asked_s: float | None, attempt: int, cap_s: float
) -> None:
    wait_s = policy(chance, max_retries=10_000, cap_s=cap_s).wait_s(fault(asked_s), attempt)
    assert wait_s is not None
    assert 0 <= wait_s <= cap_s


def test_it_gives_up_after_the_last_retry() -> None:
    assert policy(max_retries=2).wait_s(fault(), 2) is not None
    assert policy(max_retries=2).wait_s(fault(), 3) is None


def test_a_logical_fault_is_never_tried_again() -> None:
    wrong = ModelCallError("no", hint="correct it", failure=FailureClass.LOGICAL)
    assert policy().wait_s(wrong, 1) is None


def test_a_message_of_many_lines_becomes_one() -> None:
    failed = of_connection(OSError("one\ntwo\r\n three" + "x" * 5000)).as_event()
    assert "one two three" in failed.message
    assert len(failed.message.splitlines()) == 1
    assert len(failed.message) < 500
