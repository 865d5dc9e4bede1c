"""A line that is typed: edited as a terminal does it, with nothing shown but text."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_tui.plain.editing import MOST, LineEditor
from aio_tui.plain.lines import INTERRUPT, STOP, LineReader, Refused
from aio_tui.plain.writing import Writer


def edited(*raw: bytes) -> tuple[list[str | None], str, str]:
    """The lines, what is begun, and what was shown."""
    shown: list[str] = []
    editor = LineEditor(shown.append)
    lines = [line for each in raw for line in editor.feed(each)]
    return lines, editor.begun, "".join(shown)


@pytest.mark.parametrize(
    ("raw", "lines", "begun"),
    [
        (b"status\n", ["status"], ""),
        (b"statsu\x7f\x7fus\r", ["status"], ""),
        (b"deny it now\x17\x17fix\n", ["deny fix"], ""),
        (b"deny it\x15open\n", ["open"], ""),
        (b"op\x1b[A\x1b[1;5C\x1bOP\x1bxen\n", ["open"], ""),
        (b"\x1b]0;title\x07a\x1b[200~b\x1b[201~\n", ["ab"], ""),
        (b"a\tb\x00\x02\n", ["a b"], ""),
        ("h\u00f6re\x7f".encode(), [], "h\u00f6r"),
        (b"half", [], "half"),
        (b"\x04", [None], ""),
        (b"half\x04", [], "half"),
        (b"x" * (MOST + 9) + b"\n", ["x" * MOST], ""),
    ],
)
def test_keys_of_a_line(raw: bytes, lines: list[str | None], begun: str) -> None:
    assert edited(raw)[:2] == (lines, begun)


def test_a_wide_letter_is_erased_in_whole() -> None:
    assert edited("\u6f22\x7f".encode())[2] == "\u6f22\b \b\b \b"


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_whatever_is_typed_shows_nothing_but_text(raw: list[bytes]) -> None:
    lines, begun, shown = edited(*raw)
    assert all(line is None or line.isprintable() or not line for line in lines)
    assert not begun or begun.isprintable()
    assert all(char.isprintable() or char in "\n\b" for char in shown)


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends: that of who types, and that of the program."""
    ends = pty.openpty()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


@contextmanager
def reading(inside: int, shown: list[str]) -> Iterator[asyncio.Queue[str | None]]:
    """What a reader on this terminal gives."""
    reader = LineReader(inside, shown.append)
    reader.begin()
    try:
        yield reader._queue
    finally:
        asyncio.get_running_loop().remove_reader(inside)
        reader.give_terminal()


async def _next(lines: asyncio.Queue[str | None]) -> str | None:
    return await asyncio.wait_for(lines.get(), 20)


async def test_a_paste_of_lines_is_refused_and_what_is_typed_is_not() -> None:
    shown: list[str] = []
    with terminal() as (outside, inside), reading(inside, shown) as lines:
        os.write(outside, b"status\n")
        assert await _next(lines) == "status"
        os.write(outside, b"approve\nmerge all\ny\n")
        refused = await _next(lines)
        assert isinstance(refused, Refused)
        assert refused.startswith("3 lines came at once")
        os.write(outside, b"tasks\n")
        assert await _next(lines) == "tasks"
        assert "merge" not in "".join(shown)


async def test_the_first_paste_is_refused_and_one_in_pieces_too() -> None:
    with terminal() as (outside, inside), reading(inside, []) as lines:
        os.write(outside, b"hello\nfoo\nlog\nbar\n")
        refused = await _next(lines)
        assert isinstance(refused, Refused)
        assert refused.startswith("4 lines came at once")
    with terminal() as (outside, inside):
        reader = LineReader(inside, lambda _: None)
        reader.take_terminal()
        reader._note_read()
        for piece in (b"q\nx", b"\n", b"y\n"):
            os.write(outside, piece)
            reader._take()
        refused = await _next(reader._queue)
        assert isinstance(refused, Refused)
        assert refused.startswith("3 lines came at once")
        assert reader._queue.empty()
        reader.give_terminal()


async def test_what_is_pasted_still_when_it_ends_is_left_to_no_shell() -> None:
    with terminal() as (outside, inside):
        reader = LineReader(inside, lambda _: None)
        reader.begin()
        os.write(outside, b"rm x\n" * 600)
        await reader.drain()
        reader.give_terminal()
        assert not select.select([inside], [], [], 0)[0]


async def test_what_was_typed_ahead_of_the_first_reading_is_no_paste() -> None:
    with terminal() as (outside, inside):
        os.write(outside, b"status\ntasks\n")
        with reading(inside, []) as lines:
            assert [await _next(lines), await _next(lines)] == ["status", "tasks"]


async def test_the_terminal_is_left_as_it_was_and_one_without_echo_is_left_alone() -> None:
    with terminal() as (outside, inside):
        before = termios.tcgetattr(inside)
        with reading(inside, []):
            assert not termios.tcgetattr(inside)[3] & termios.ICANON
        assert termios.tcgetattr(inside) == before
        before[3] &= ~termios.ECHO
        termios.tcsetattr(inside, termios.TCSANOW, before)
        with reading(inside, []) as lines:
            assert termios.tcgetattr(inside) == before
            os.write(outside, b"status\n")
            assert await _next(lines) == "status"


async def test_control_keys_are_heard_alone_and_mean_nothing_in_what_is_pasted() -> None:
    heard = threading.Event()
    with terminal() as (outside, inside):
        reader = LineReader(inside, lambda _: None)
        reader.on_control = {INTERRUPT: heard.set, STOP: heard.set}
        reader.begin()
        try:
            os.write(outside, b"a\x03b\x04c\x1cd\x1ae\x13f\n")
            assert await _next(reader._queue) == "abcdef"
            assert not heard.is_set()
            os.write(outside, INTERRUPT)
            assert await asyncio.to_thread(heard.wait, 20)
        finally:
            asyncio.get_running_loop().remove_reader(inside)
            reader.give_terminal()


async def test_a_terminal_that_takes_nothing_stops_nobody_and_gets_all_in_the_end() -> None:
    reading, writing = os.pipe()
    writer = Writer(writing)
    text = "x" * 1_000_000
    writer.write(text)
    await writer.flush(0.01)
    writer.write("end\n")
    told = await asyncio.to_thread(_read_until, reading, b"end\n")
    assert told == text.encode() + b"end\n"
    await writer.flush(20)
    os.close(reading)
    writer.write("nobody reads this")
    await writer.flush(20)
    os.close(writing)


def _read_until(fd: int, end: bytes) -> bytes:
    told = b""
    while not told.endswith(end):
        told += os.read(fd, 65_536)
    return told
