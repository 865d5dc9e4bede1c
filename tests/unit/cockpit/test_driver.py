"""The reader of keys sleeps while nothing comes, and wakes for keys and for the end."""

from __future__ import annotations

import os
import selectors
import threading
import time
from collections.abc import Callable

import pytest
from textual.events import Key, Paste
from textual.message import Message

from aio_tui import driver
from aio_tui.driver import Bell, TerminalDriver

WITHIN_S = 60.0
FOR_EVER_S = 3600.0


class Reader(TerminalDriver):
    """Only the reader of a driver, on a pipe."""

    def __init__(self) -> None:
        self.fileno, self.typed = os.pipe()
        self.exit_event = self._bell = Bell()
        self._debug = False
        self.keys: list[str] = []
        self.pasted: list[str] = []

    def process_message(self, message: Message) -> None:
        if isinstance(message, Key):
            self.keys.append(message.key)
        elif isinstance(message, Paste):
            self.pasted.append(message.text)


def until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not is_true():
        assert time.monotonic() < end, "never came true"
        time.sleep(0.01)


def test_a_reader_that_sleeps_is_woken_by_keys_and_by_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sleeps: list[float | None] = []

    class Watched(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            sleeps.append(timeout)
            return super().select(timeout)

    monkeypatch.setattr(selectors, "DefaultSelector", Watched)
    monkeypatch.setattr(driver, "_REST_S", FOR_EVER_S)
    reader = Reader()
    thread = threading.Thread(target=reader.run_input_thread, daemon=True)
    thread.start()
    until(lambda: sleeps[-1:] == [FOR_EVER_S])
    os.write(reader.typed, b"j")
    until(lambda: reader.keys == ["j"])
    os.write(reader.typed, b"\x1b")  # a lone one: told apart from a sequence by what comes not
    until(lambda: reader.keys == ["j", "escape"])
    until(lambda: sleeps[-1:] == [FOR_EVER_S])
    reader.exit_event.set()
    thread.join(WITHIN_S)
    assert not thread.is_alive()


def test_a_bell_rings_again_after_it_was_cleared() -> None:
    bell = Bell()
    with selectors.DefaultSelector() as ready:
        ready.register(bell, selectors.EVENT_READ)
        for _ in range(2):
            assert not ready.select(0)
            for _ in range(3):
                bell.set()
            assert ready.select(0)
            bell.clear()


def test_what_the_terminal_says_by_itself_presses_no_key() -> None:
    reader = Reader()
    thread = threading.Thread(target=reader.run_input_thread, daemon=True)
    thread.start()
    os.write(reader.typed, b"a\x1bP>|tmux 3.4\x1b\\b\x1b[?1;2c\x1b]52;c;QUFB\x07\x1b[Ac")
    until(lambda: reader.keys[-1:] == ["c"])
    assert reader.keys == ["a", "b", "up", "c"]
    reader.exit_event.set()
    thread.join(WITHIN_S)


def test_a_paste_that_is_cut_off_presses_no_key_and_keys_after_it_are_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "_LOOK_EVERY_S", 0.001)
    reader = Reader()
    thread = threading.Thread(target=reader.run_input_thread, daemon=True)
    thread.start()
    os.write(reader.typed, b"a\x1b[200~mmM\r\x1b[?1;2c")
    until(lambda: reader.pasted == ["mmM\r\u241b[?1;2c"])
    os.write(reader.typed, b"\x1b[200~it is \x1b[?1;2c\x1b[201~j")
    until(lambda: reader.keys[-1:] == ["j"])
    assert reader.keys == ["a", "j"]
    assert reader.pasted[1:] == ["it is \u241b[?1;2c"]
    reader.exit_event.set()
    thread.join(WITHIN_S)
