from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.session.prose import read_back, read_item_back, written, written_item

TRICKY = st.text(st.sampled_from("\\u05cabd1e \n\t\x1b\x00\u202e\ud83d\ude00ü"))


@given(TRICKY | st.text(st.characters()))
def test_texts_come_back_exactly(text: str) -> None:
    assert read_back(written(text)) == text
    assert read_item_back(written_item(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, tab\tand line\n", "plain, tab\tand line\n"),
        ("C:\\users\\new", "C:\\users\\new"),
        ("\\u001b", "\\u005cu001b"),
        ("red \x1b[31m", "red \\u001b[31m"),
        ("line\r\n", "line\\u000d\n"),
        ("größer — 😀", "größer — 😀"),
        ("evil \u202e txt", "evil \\u202e txt"),
        ("lone \ud800", "lone \\ud800"),
    ],
)
def test_only_what_does_not_show_is_marked(text: str, expected: str) -> None:
    assert written(text) == expected
