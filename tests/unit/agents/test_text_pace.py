from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from engine.agents.text_pace import TextPace
from tests.support.clock import FakeClock


@given(st.lists(st.tuples(st.text(max_size=3), st.floats(0, 0.2)), max_size=50))
def test_no_text_is_lost_and_no_more_than_twenty_pieces_a_second_come(
    arrivals: list[tuple[str, float]],
) -> None:
    clock = FakeClock()
    pace = TextPace(clock)
    given_at: list[float] = []
    seen = ""
    for piece, pause_s in arrivals:
        if now := pace.add(piece):
            given_at.append(clock.monotonic_s())
            seen += now
        clock.advance(pause_s)
    seen += pace.rest()
    assert seen == "".join(piece for piece, _ in arrivals)
    gaps = [after - before for before, after in itertools.pairwise(given_at)]
    assert all(gap >= 0.0499 for gap in gaps)


def test_the_first_piece_comes_at_once() -> None:
    assert TextPace(FakeClock()).add("hello") == "hello"


def test_held_text_comes_with_the_next_event_that_is_late_enough() -> None:
    clock = FakeClock()
    pace = TextPace(clock)
    pace.add("a")
    assert pace.add("b") == ""
    clock.advance(0.06)
    assert pace.add("") == "b"
