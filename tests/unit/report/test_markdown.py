"""Markdown shows text from outside as it is, with no more signs in it than that takes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from aio_tui.cli.report_markdown import plain
from aio_tui.text import clean

READER = MarkdownIt("gfm-like").disable("linkify")
MARKUP = st.text(
    st.sampled_from("ab1 _*`[]()<>!#+-=.|~&\\:/\"'{}$^;\té\U0001f600") | st.characters(),
    max_size=40,
)


def shown(document: str) -> str:
    """The text of a document that is one item of a list and nothing else."""
    tokens = READER.parse(document)
    blocks = [token.type for token in tokens]
    if blocks == ["bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"]:
        return ""
    assert blocks == [
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "paragraph_close",
        "list_item_close", "bullet_list_close",
    ]  # fmt: skip
    return "".join(map(_text_of, tokens[3].children or ()))


def _text_of(token: Token) -> str:
    assert token.type in ("text", "text_special"), token
    return token.content


@given(MARKUP)
@example("1. one")
@example("-")
@example("- - -")
@example("a_b __c__ _d_")
@example("&amp; &#35; &co")
@example("a\\")
def test_nothing_in_it_is_markup(text: str) -> None:
    assert shown(f"- {plain(text)}\n") == clean(text).strip()


def test_an_address_is_no_link() -> None:
    document = plain("see https://example.com/a_b, http://a.b or www.example.com")
    assert document == r"see https:\//example.com/a_b, http:\//a.b or www\.example.com"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29 19:24 to 2026-11-29 19:25",
        "$0.00, 0 tokens; wasted $0.00 and 0.0s",
        "no model key; set ANTHROPIC_API_KEY, or choose another backend",
        "next: merge it: m, or aio-tui merge approve BUG-1",
        "fix/fix-gcd (a < b & c | d!) {x} #3 + 4 = 7. a\\b",
    ],
)
def test_what_is_no_markup_is_written_as_it_is(text: str) -> None:
    assert plain(text) == text
