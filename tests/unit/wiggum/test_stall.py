"""Going round in circles is seen, progress is not mistaken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.wiggum.stall import stall
from tests.unit.wiggum.steps import step


def test_no_change_in_a_row_is_a_stall() -> None:
    history = [step("a", diff=str(n), tail=str("xyz"[n]), is_changed=False) for n in range(3)]
    assert stall(history, 3) == "no file was changed in 3 iterations"
    assert stall(history[1:], 3) is None


def test_same_change_in_a_row_is_a_stall() -> None:
    history = [step("a", tail="x"), step("b", tail="y"), step("c", tail="z")]
    assert stall(history, 3) == "the change was the same after 3 iterations"


def test_same_failure_with_the_same_output_is_a_stall_although_the_change_differs() -> None:
    history = [step("a", diff=str(n), tail=f"at 0x7f{n}: 1 failed in 0.{n}s") for n in range(3)]
    assert stall(history, 3) == "3 iterations failed in the same way: failing: a"


def test_same_failures_with_other_output_get_twice_the_time() -> None:
    history = [step("a", diff=str(n), tail="abcdef"[n]) for n in range(6)]
    assert stall(history[:5], 3) is None
    assert stall(history, 3) == "6 iterations left the same failures: failing: a"


def test_change_that_goes_back_and_forth_is_a_stall() -> None:
    history = [step("a", "b", diff="AB"[n % 2], tail="ab"[n % 2]) for n in range(4)]
    assert stall(history[:3], 3) is None
    assert stall(history, 3) == "the change went back and forth between two states 4 times"


def test_failures_that_take_turns_are_a_stall() -> None:
    history = [step("ab"[n % 2], diff=str(n)) for n in range(4)]
    assert "took turns 4 times" in (stall(history, 3) or "")


@given(st.integers(min_value=2, max_value=12), st.integers(min_value=0, max_value=6))
def test_ever_fewer_failures_are_never_a_stall(count: int, stall_after: int) -> None:
    history = [
        step(*(f"t{place}" for place in range(count - n)), diff=str(n)) for n in range(count)
    ]
    assert stall(history, stall_after) is None


@pytest.mark.parametrize("stall_after", [-1, 0, 1])
def test_one_iteration_is_never_a_stall(stall_after: int) -> None:
    assert stall([step("a", is_changed=False)], stall_after) is None
    assert stall([], stall_after) is None


def test_progress_after_a_circle_ends_the_stall() -> None:
    history = [step("a", "b"), step("a", "b"), step("a", "b"), step("a", diff="new")]
    assert stall(history, 3) is None
