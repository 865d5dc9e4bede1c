"""The keys of a screen, to read and to search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from aio_tui.commands.base import AnyCommand, Topic
from aio_tui.commands.catalogue import key_of
from aio_tui.screens.reader import SCROLLS, ReaderScreen, pressable
from aio_tui.text import fit
from aio_tui.widgets.line import BLANK, Line, heading, line, linked, paragraph
from aio_tui.widgets.rows import LineBar
from aio_tui.wording import Tone, counted

_KEYS, _LABEL = 16, 18
_NAMED = 2 + _KEYS + _LABEL
"""Cells of a command's keys and name in the help."""
_BESIDE_FROM = _NAMED + 24
"""Where less is left for what it does, that stands below."""


class HelpScreen(ReaderScreen):
    """Every command of a screen with its keys; `/` shows only those that have some words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "dismiss(None)", "back"),
        Binding("escape", "back", "back"),
        Binding("slash", "search", "search"),
        Binding("f1", "tour", "tour"),
    ]

    def __init__(
        self, title: str, commands: Sequence[AnyCommand], *, only_looks: bool = False
    ) -> None:
        super().__init__(title, lambda width: help_lines(self._found, width))
        commands = [each for each in commands if not (only_looks and each.is_order)]
        if only_looks:
            title = f"{title} · this cockpit only looks: none that order"
            self._heading = title
        self._title = title
        self._commands = commands
        self._found = commands

    def key_line(self, width: int) -> Line:
        return linked(
            *pressable("/", "search", "search"),
            *pressable(key_of("tour"), "tour", "tour"),
            *pressable("Esc", "back", "back"),
            *SCROLLS,
        )

    def press(self, name: str) -> None:
        match name:
            case "search":
                self.action_search()
            case "tour":
                self.action_tour()
            case _:
                super().press(name)

    def action_search(self) -> None:
        """Ask for words, and show the commands that have them all."""
        self._frame.ask("Search the help for", self.search, may_be_empty=False)

    def search(self, words: str) -> None:
        """Show only commands that have these words in their keys, name or help; empty: all."""
        self._found = [each for each in self._commands if _has(each, words.casefold().split())]
        found = f" · '{words}': {counted(len(self._found), 'command')}" if words else ""
        title = heading(f"{self._title}{found}")
        self.query_one("#reader-title", LineBar).set_lines([title])
        self._view.show(self._make_lines, from_top=True)

    def action_back(self) -> None:
        """All commands again; from there, away."""
        if len(self._found) < len(self._commands):
            self.search("")
        else:
            self.dismiss(None)

    def action_tour(self) -> None:
        """The tour; the help comes back."""
        self._frame.show_tour()


def _has(command: AnyCommand, words: Sequence[str]) -> bool:
    keys = [sign.casefold() for sign in command.key_signs]
    text = f"{command.label} {command.help}".casefold()
    return all(word in keys or word in text for word in words)


def help_lines(commands: Sequence[AnyCommand], width: int) -> list[Line]:
    """Commands with their keys, by topic; the tour of one minute is named first."""
    tour = [command for command in commands if command.name == "tour"]
    lines: list[Line] = [*_topic_lines(tour, width), BLANK] if tour else []
    for topic in Topic:
        about = [command for command in commands if command.topic is topic]
        if about:
            lines.extend((heading(topic.value), *_topic_lines(about, width), BLANK))
    return lines


def _topic_lines(commands: Sequence[AnyCommand], width: int) -> list[Line]:
    draw = _beside if width >= _BESIDE_FROM else _below
    return [row for command in commands for row in draw(command, width)]


def _beside(command: AnyCommand, width: int) -> list[Line]:
    """What a command does, to the right of its keys and name."""
    first, *rest = paragraph(command.help, width - _NAMED)
    keys, label = fit(" ".join(command.key_signs), _KEYS), fit(command.label, _LABEL)
    return [
        line("  ", (keys, Tone.KEY), label, first.text),
        *(line(" " * _NAMED, row.text) for row in rest),
    ]


def _below(command: AnyCommand, width: int) -> list[Line]:
    """The same where there is no room for columns."""
    name = line((" ".join(command.key_signs), Tone.KEY), "  ", (command.label, Tone.STRONG))
    return [name, *paragraph(command.help, width, indent="  ")]
