from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.loop.merging_size import BatchSize


def test_a_batch_that_holds_is_followed_by_one_twice_as_large() -> None:
    size = BatchSize(40)
    seen = []
    for _ in range(5):
        seen.append(size.now)
        size.held(size.now)

    assert seen == [5, 10, 20, 40, 40]


def test_one_that_does_not_hold_is_followed_by_half_but_never_by_less_than_at_first() -> None:
    size = BatchSize(40)
    for _ in range(3):
        size.held(size.now)
    seen = []
    for _ in range(5):
        seen.append(size.now)
        size.broke()

    assert seen == [40, 20, 10, 5, 5]


def test_a_few_that_hold_say_nothing_of_many() -> None:
    size = BatchSize(40)
    size.held(2)

    assert size.now == 5


@pytest.mark.parametrize("most", [1, 3])
def test_the_operators_word_holds_from_the_beginning(most: int) -> None:
    size = BatchSize(most)
    for _ in range(3):
        assert size.now == most
        size.held(most)
    size.broke()

    assert size.now == most


@given(st.integers(1, 50), st.lists(st.one_of(st.none(), st.integers(0, 50))))
def test_it_is_never_more_than_wanted_and_never_nothing(most: int, ends: list[int | None]) -> None:
    size = BatchSize(most)
    for held in ends:
        if held is None:
            size.broke()
        else:
            size.held(held)
        assert min(5, most) <= size.now <= most
