"""What was sought is seen in what was found, and has a mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from aio_tui.text import fit
from aio_tui.widgets.sought import around, marked, pattern_of
from aio_tui.wording import Tone

QUOTED = pattern_of(["quoted"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Quoted names", "Quoted names"),
        ("names that are quoted by a customer of ours", "…are quoted by a c…"),
        ("nothing of the kind stands in this line", "nothing of the kin…"),
        ("\x1b[31m names that are quoted", "…are quoted"),
    ],
)
def test_a_line_is_cut_so_that_what_was_sought_is_seen(text: str, shown: str) -> None:
    assert fit(around(text, 19, QUOTED), 19).rstrip() == shown


WORDS = st.text(alphabet="ab c漢\x1bé…", max_size=60)


@given(WORDS, WORDS, st.integers(min_value=24, max_value=80))
def test_wherever_it_stands_it_is_seen_and_no_text_is_lost(
    before: str, after: str, cells: int
) -> None:
    shown = fit(around(f"{before}quoted{after}", cells, QUOTED), cells)
    assert "quoted" in shown
    assert cell_len(shown) == cells
    pieces = marked(shown, Tone.NORMAL, QUOTED)
    assert "".join(piece[0] for piece in pieces) == shown
    assert ("quoted", Tone.KEY) in pieces


def test_one_word_may_be_the_beginning_of_another() -> None:
    pieces = marked("a gcdx and GCD", Tone.NORMAL, pattern_of(["gcd", "gcdx"]))
    assert [piece[0] for piece in pieces if piece[1] is Tone.KEY] == ["gcdx", "GCD"]
