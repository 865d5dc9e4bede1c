from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from aio_tui.text import clean, content, fit, wrap

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Cs", "Mn"]),
        st.sampled_from("\x1b\x9b\x07\u202e\u200b\u200d\ufe0f漢🇩🇪[]/$@"),
    )
)
FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})


def is_plain(text: str) -> bool:
    return all(unicodedata.category(char) not in FORBIDDEN for char in text)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\x9bb", "a<U+009B>b"),
        ("a\x7fb", "a␡b"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u200bb", "a<U+200B>b"),
        ("a\u3164b", "a<U+3164>b"),
        ("a\u00a0b", "a b"),
        ("a\ufe0fb", "ab"),
        ("\udc80", "<U+DC80>"),
        ("a\nb", "a␊b"),
        ("[bold]x[/]", "[bold]x[/]"),
    ],
)
def test_control_characters_become_visible(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_newlines_and_tabs_stay_when_asked_for() -> None:
    assert clean("a\r\nb\tc\x00", keep_newlines=True) == "a\nb\tc␀"


@given(HOSTILE)
def test_nothing_but_plain_characters_passes_the_gate(raw: str) -> None:
    assert is_plain(clean(raw))
    assert is_plain(clean(raw, keep_newlines=True).replace("\n", "").replace("\t", ""))


@given(HOSTILE)
def test_the_gate_changes_nothing_that_has_passed_it(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


@given(HOSTILE)
def test_content_takes_no_markup(raw: str) -> None:
    assert content(raw).plain == clean(raw, keep_newlines=True)
    assert not content(raw).spans


@given(HOSTILE, st.integers(0, 60))
def test_fitted_text_has_exactly_the_width(raw: str, width: int) -> None:
    assert cell_len(fit(raw, width)) == width


@given(HOSTILE, st.integers(2, 60))
def test_wrapped_lines_are_never_too_wide(raw: str, width: int) -> None:
    lines = wrap(raw, width)
    assert lines
    assert all(cell_len(line) <= width and is_plain(line) for line in lines)


@given(HOSTILE, st.integers(2, 60))
def test_wrapping_loses_nothing_but_blanks(raw: str, width: int) -> None:
    shown = clean(raw, keep_newlines=True)
    assert "".join("".join(wrap(raw, width)).split()) == "".join(shown.split())


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert fit("a long headline", 8) == "a long… "
    assert fit("漢字漢字", 6) == "漢字… "


def test_code_keeps_its_indentation() -> None:
    assert wrap("    if x:\n\treturn", 20) == ["    if x:", "    return"]


def test_a_line_without_spaces_of_a_million_characters_is_wrapped_in_linear_time() -> None:
    assert len(wrap("x" * 1_000_000, 100)) == 10_000


def test_code_that_is_wrapped_hangs_under_its_own_indentation() -> None:
    code = "def f():\n    return one + two + three"
    assert wrap(code, 18, hangs=True) == ["def f():", "    return one +", "    two + three"]
    assert wrap(f"{' ' * 30}deep", 12, hangs=True)[-1].startswith(" " * 6)
    assert wrap("plain words of text", 12, hangs=True) == ["plain words", "of text"]
