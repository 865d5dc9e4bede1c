"""How looks are chosen, and how signs become ASCII."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from aio_tui.glyphs import Glyphs, plain_text
from aio_tui.looks import Looks, choose_looks
from aio_tui.text import clean
from engine.domain.errors import ConfigError
from engine.domain.settings import CockpitSettings

UTF8 = {"LANG": "de_DE.UTF-8", "TERM": "xterm-256color"}
CASES: tuple[tuple[dict[str, str], Looks], ...] = (
    ({}, Looks()),
    ({"NO_COLOR": "1"}, Looks(theme="no-colour")),
    ({"NO_COLOR": ""}, Looks()),
    ({"TERM": "tmux-256color"}, Looks()),
    ({"TERM": "xterm-kitty"}, Looks()),
    ({"TERM": "linux"}, Looks(theme="16-colours", glyphs=Glyphs.ASCII)),
    ({"TERM": "screen"}, Looks(theme="16-colours")),
    ({"TERM": "screen", "COLORTERM": "truecolor"}, Looks()),
    ({"COLORFGBG": "0;15"}, Looks(theme="light")),
    ({"COLORFGBG": "15;default;0"}, Looks()),
    ({"LC_ALL": "C"}, Looks(glyphs=Glyphs.ASCII_ONLY)),
    ({"LC_ALL": "", "LC_CTYPE": "en_US.utf8", "LANG": "C"}, Looks()),
    ({"LANG": "en_US.ISO-8859-1"}, Looks(glyphs=Glyphs.ASCII_ONLY)),
    ({"LANG": "C", "AIO_TUI_GLYPHS": "unicode"}, Looks()),
    ({"LANG": "C", "AIO_TUI_GLYPHS": "ascii"}, Looks(glyphs=Glyphs.ASCII_ONLY)),
    ({"AIO_TUI_GLYPHS": "ascii"}, Looks(glyphs=Glyphs.ASCII)),
    ({"AIO_TUI_THEME": "light", "NO_COLOR": "1"}, Looks(theme="light")),
    ({"AIO_TUI_MOTION": "reduced"}, Looks(is_calm=True)),
)


def test_looks_follow_the_environment() -> None:
    for environ, looks in CASES:
        assert choose_looks(CockpitSettings(), {**UTF8, **environ}) == looks, environ


def test_the_configuration_wins_over_what_the_terminal_seems_and_variables_over_both() -> None:
    chosen = CockpitSettings(theme="high-contrast", glyphs="ascii", motion="reduced")
    looks = choose_looks(chosen, {**UTF8, "NO_COLOR": "1"})
    assert looks == Looks(theme="high-contrast", glyphs=Glyphs.ASCII, is_calm=True)
    again = choose_looks(chosen, {**UTF8, "AIO_TUI_THEME": "dark", "AIO_TUI_MOTION": "full"})
    assert again == Looks(theme="dark", glyphs=Glyphs.ASCII)


def test_a_variable_with_an_unknown_value_is_said_in_one_line() -> None:
    with pytest.raises(ConfigError, match="AIO_TUI_THEME is 'pink', which is none of dark, light"):
        choose_looks(CockpitSettings(), {**UTF8, "AIO_TUI_THEME": "pink"})


def test_letters_stay_and_signs_do_not() -> None:
    assert plain_text("✓ Größe │ ▁▇ 漢 ␛[2J", Glyphs.ASCII) == "+ Größe | _= 漢 ^[2J"
    assert plain_text("✓ Größe 漢", Glyphs.ASCII_ONLY) == "+ Gr??e ??"


@given(st.text(max_size=80))
def test_what_is_clean_becomes_ascii_of_the_same_width(text: str) -> None:
    shown = clean(text)
    plain = plain_text(shown, Glyphs.ASCII_ONLY)
    assert plain.isascii()
    assert sum(map(cell_len, shown)) == len(plain)
