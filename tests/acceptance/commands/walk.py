"""One operator at one terminal: goes where a row of the table says, presses, and looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aio_tui.commands.base import AnyCommand
from aio_tui.places import COCKPIT, place_named
from aio_tui.question_at_hand import LOOK_FIRST
from aio_tui.screens.directory import commands_at
from tests.acceptance.commands.scene import Scene
from tests.support.cli import Cli
from tests.support.repos import git
from tests.support.terminal import Terminal, wait_until

SIZE = (100, 40)
"""The queue above, the selected task below: what is selected is seen without its colour."""

_NAMES = {
    "enter": "Enter", "escape": "Escape", "space": "Space", "tab": "Tab", "shift+tab": "BTab",
    "up": "Up", "down": "Down", "left": "Left", "right": "Right", "home": "Home", "end": "End",
    "pageup": "PageUp", "pagedown": "PageDown", "f1": "F1",
    "slash": "/", "asterisk": "*", "question_mark": "?", "exclamation_mark": "!", "plus": "+",
    "equals_sign": "=", "minus": "-", "less_than_sign": "<", "greater_than_sign": ">",
    "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "vertical_line": "|",
}  # fmt: skip
"""What tmux calls the keys that Textual calls so."""

PAUSE, RESUME = "p pause task", "p resume task"
"""What the key bar offers: how the task is known there."""
_OWN_LISTS = frozenset({"inbox", "report"})
"""Screens on which a task is selected in the list of the screen, not before one goes there."""
_BUSY = re.compile(r"(reading|searching) \.\.\.")
_TITLE = re.compile(r"^ Cockpit > (\w+)", re.MULTILINE)


class Facts:
    """What the command line and git say. Everything is read anew."""

    def __init__(self, scene: Scene, cli: Cli) -> None:
        self.scene, self._cli = scene, cli

    def told(self, *words: str) -> Any:
        """The document that this command prints; None if it refuses."""
        said = self._cli(*words, "--json")
        return None if said.code == 2 else said.document

    def task(self, task_id: str) -> dict[str, Any]:
        return dict(self.told("task", "show", task_id) or {})

    def state(self, task_id: str) -> str:
        return str(self.task(task_id).get("state"))

    def question(self, task_id: str) -> dict[str, Any]:
        """The newest question of the task, answered or not."""
        asked = self.told("escalations", "list", "--all")
        return dict(next(each for each in reversed(asked) if each["task_id"] == task_id))

    def decided(self, kind: str, task_id: str = "") -> list[dict[str, Any]]:
        """What the audit trail has of a kind, of a task or of the run."""
        found = self.told("decisions", "show", "--kind", kind)
        return [each for each in found if (each["task_id"] or "") == task_id]

    def git(self, *words: str) -> str:
        return git(self.scene.site.repo, *words)


Fact = Callable[[Facts], object]


class Typed(str):
    """Letters that are typed as they are, where a plain string is the name of a key."""

    __slots__ = ()


Answer = tuple[str, tuple[str, ...]]
"""What is on the screen, and the keys that are pressed then."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key of a command, and how one sees that it worked."""

    place: str
    command: str
    on: str = ""
    """Which task is selected; empty: it does not matter, or is as the row before left it."""
    key: int = 0
    """Which of the command's keys."""
    ready: tuple[str, ...] = ()
    """Keys that are pressed before; there `before` is to be seen."""
    before: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    """What it asks, and what it is told; none of it is on the screen in the end."""
    then: tuple[str, ...] = ()
    """Keys that are pressed after all that, as only they show what has become of it."""
    shows: tuple[str, ...] = ()
    """All of it is on the screen then, and was not at once before."""
    hides: tuple[str, ...] = ()
    """Was on the screen and is not then."""
    fact: Fact | None = None
    """True then, and was not before."""
    leaves: bool = False
    """Afterwards one is elsewhere, or another task is selected."""


class Walker:
    """Walks through rows."""

    def __init__(self, facts: Facts, terminal: Terminal) -> None:
        self._facts, self._terminal = facts, terminal
        self._at: tuple[str, str] | None = None
        self._hasty = ""
        """The key that is pressed once more if the cockpit says that its question is too new."""

    def walk(self, rows: Iterable[Row]) -> None:
        """Press everything, in this order.

        Raises:
            AssertionError: a key did not do what its row says; names it and shows the screen.
        """
        for row in rows:
            try:
                self._do(row)
            except AssertionError as error:
                where = f"on the screen {row.place}, task {row.on or '-'}"
                raise AssertionError(f"{row.command} ({key_of(row)}) {where}: {error}") from error

    def _do(self, row: Row) -> None:
        self._go(row)
        for key in row.ready:
            self._press(key)
        self._see(row.before)
        self._wait(lambda: not _BUSY.search(self._terminal.screen), "it to be read")
        assert not self._has_worked(row), f"it was so before the key: {self._terminal.screen}"
        self._hasty = "" if LOOK_FIRST in self._terminal.screen else key_of(row)
        self._press(key_of(row))
        for text, answer in row.answers:
            self._see((text,))
            for key in answer:
                self._press(key)
        for key in row.then:
            self._press(key)
        self._wait(lambda: self._is_seen(row), f"{row.shows} to come, {_gone(row)} to go")
        if row.fact is not None:
            fact = row.fact
            self._wait(lambda: fact(self._facts), "what the store or git is to say")
        if row.leaves:
            self._at = None

    def _has_worked(self, row: Row) -> bool:
        is_seen = self._is_seen(row) if row.shows or row.hides else True
        is_told = row.fact is None or bool(row.fact(self._facts))
        is_told_of = bool(row.shows or row.hides or row.fact)
        return is_told_of and is_seen and is_told

    def _is_seen(self, row: Row) -> bool:
        screen = self._terminal.screen
        has_come = all(text in screen for text in row.shows)
        return has_come and not any(text in screen for text in _gone(row))

    def _go(self, row: Row) -> None:
        """To the row's screen, with its task selected."""
        place, task = row.place, row.on
        if self._at is not None and self._at[0] == place and task in ("", self._at[1]):
            return
        if _TITLE.search(self._terminal.screen):
            self._press(_sign(place_named(COCKPIT).key))
            self._wait(lambda: not _TITLE.search(self._terminal.screen), "the cockpit")
        if task and place not in _OWN_LISTS:
            if "[1 Timeline]" not in self._terminal.screen:  # opening a task may turn the tab
                self._press("1")
                self._see(("[1 Timeline]",))
            self._select(task)
            self._wait(lambda: f"\nMend {task}\n" in self._terminal.screen, f"{task} to be shown")
        if place != COCKPIT:
            self._press(_sign(place_named(place).key))
            title = f" Cockpit > {place_named(place).title}"
            self._wait(lambda: title in self._terminal.screen, title)
        if task and place in _OWN_LISTS:
            self._select(task)
        self._at = place, task

    def _select(self, task: str) -> None:
        self._press("/")
        self._see(("Show only rows with",))
        words = f"task:{task} !{task}-at"  # what branched from it is called so
        self._press(Typed(words))
        self._press("Enter")
        self._wait(
            lambda: (
                f"filter: {words} " in (seen := self._terminal.screen)
                and "Show only rows" not in seen
            ),
            f"only {task}",
        )

    def _press(self, key: str) -> None:
        if isinstance(key, Typed):
            self._terminal.type(key)
        else:
            self._terminal.send(key)

    def _see(self, texts: tuple[str, ...]) -> None:
        self._wait(lambda: all(text in self._terminal.screen for text in texts), f"{texts}")

    def _wait(self, is_true: Callable[[], object], what: str) -> None:
        def is_true_at_last() -> object:
            if self._hasty and LOOK_FIRST in self._terminal.screen:
                self._press(self._hasty)
                self._hasty = ""
            return is_true()

        if not wait_until(is_true_at_last):
            raise AssertionError(f"waited in vain for {what}; the screen:\n{self._terminal.screen}")


def key_of(row: Row) -> str:
    """What is pressed, as tmux calls it."""
    return _sign(command_of(row).keys[row.key])


def command_of(row: Row) -> AnyCommand:
    """As the catalogue has it."""
    return next(each for each in commands_at(row.place) if each.name == row.command)


def _sign(key: str) -> str:
    if key.startswith("ctrl+"):
        return f"C-{key[-1]}"
    return _NAMES.get(key, key)


def _gone(row: Row) -> tuple[str, ...]:
    return (*row.hides, *(text for text, _ in row.answers))
