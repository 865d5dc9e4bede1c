"""Drawing within a purse: never more than it holds, and in the end all of it."""

from __future__ import annotations

import argparse
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from aio_tui.thrift import Purse, Thrift, bytes_per_second

WIDTH = 12
CONSOLE = Console(width=WIDTH, color_system="truecolor", force_terminal=True)
MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
BOLD = Style(bold=True)


class Terminal:
    """As much of one as these bytes need: it moves, and puts characters of one or two cells."""

    def __init__(self, height: int) -> None:
        self.rows = [["?"] * WIDTH for _ in range(height)]
        self.size = 0

    def write(self, text: str) -> None:
        self.size += len(text.encode())
        where = MOVE.match(text)
        assert where, text
        y, x = int(where[1]) - 1, int(where[2]) - 1
        for char in re.sub(r"\x1b\[[0-9;]*m", "", text[where.end() :]):
            wide = char == "漢"
            self.rows[y][x] = char
            if wide:
                self.rows[y][x + 1] = ""
            x += 1 + wide

    @property
    def texts(self) -> list[str]:
        return ["".join(row) for row in self.rows]


def strip(text: str, style: Style | None = None) -> Strip:
    return Strip([Segment(text, style)]).adjust_cell_length(WIDTH)


SCREENS = st.lists(
    st.lists(st.text("ab 漢", max_size=6).map(strip), min_size=7, max_size=7),
    min_size=1,
    max_size=6,
)


@given(SCREENS)
def test_after_each_whole_drawing_the_terminal_shows_the_screen(screens: list[list[Strip]]) -> None:
    terminal = Terminal(7)
    thrift = Thrift(Purse(1_000_000, lambda: 0.0), terminal.write)
    for strips in screens:
        assert thrift.draw(strips, CONSOLE)
        assert terminal.texts == [row.text for row in strips]


def test_what_is_too_much_comes_later_and_the_edges_come_first() -> None:
    now = [0.0]
    terminal = Terminal(20)
    thrift = Thrift(Purse(200, lambda: now[0]), terminal.write)
    old = [strip(f"old {y}") for y in range(20)]
    new = [strip(f"new {y}") for y in range(20)]
    assert not thrift.draw(old, CONSOLE)
    assert terminal.texts[0].startswith("old 0")
    assert terminal.texts[19].startswith("old 19")
    assert terminal.texts[10] == "?" * WIDTH
    while not thrift.draw(new, CONSOLE):
        now[0] += thrift.purse.refilled_in_s
    assert [text.rstrip() for text in terminal.texts] == [f"new {y}" for y in range(20)]
    assert terminal.size <= 200 * (now[0] + 0.5) + 40


def test_nothing_is_sent_for_what_stays_and_only_the_change_for_what_changes() -> None:
    terminal = Terminal(2)
    thrift = Thrift(Purse(10_000, lambda: 0.0), terminal.write)
    thrift.draw([strip("one two"), strip("x", BOLD)], CONSOLE)
    before = terminal.size
    thrift.draw([strip("one two"), strip("x", BOLD)], CONSOLE)
    assert terminal.size == before
    thrift.draw([strip("one tWo"), strip("x", BOLD)], CONSOLE)
    assert terminal.size - before == len("\x1b[1;6HW")
    thrift.forget()
    thrift.draw([strip("one tWo"), strip("x", BOLD)], CONSOLE)
    assert terminal.size - before > 2 * WIDTH


def test_amounts_are_read_as_people_write_them() -> None:
    for text, rate in (("8000", 8000), ("8k", 8000), ("8K", 8000), ("8kb/s", 8000), ("1M", 10**6)):
        assert bytes_per_second(text) == rate
    for text in ("", "k", "8q", "-8k", "0", "12", "8.5k", "k8"):
        with pytest.raises(argparse.ArgumentTypeError):
            bytes_per_second(text)
