"""A text over the whole screen: a session file, the help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from aio_tui.commands.base import AnyCommand, Topic, key_of
from aio_tui.places import INBOX, place_named
from aio_tui.screens.frame import FrameScreen
from aio_tui.text import fit
from aio_tui.widgets.inbox import alert_line
from aio_tui.widgets.line import BLANK, Line, Link, heading, line, linked, paragraph
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.rows import SCREEN_CLASSES, LineBar, LineView
from aio_tui.wording import Tone
from engine.domain.escalation import Escalation

_KEYS, _LABEL = 16, 18
_NAMED = 2 + _KEYS + _LABEL
"""Cells of a command's keys and name in the help."""
_BESIDE_FROM = _NAMED + 24
"""Where less is left for what it does, that stands below."""


class ReaderScreen(ModalScreen[None]):
    """Shows lines under a title; scrolls like everything else, Escape goes back."""

    COMPONENT_CLASSES: ClassVar[set[str]] = SCREEN_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss(None)", "back"),
        Binding("j,down", "move(1)", "down"),
        Binding("k,up", "move(-1)", "up"),
        Binding("space,pagedown,ctrl+f", "page(1)", "page down"),
        Binding("pageup,ctrl+b", "page(-1)", "page up"),
        Binding("g,home", "end(False)", "first"),
        Binding("G,end", "end(True)", "last"),
        Binding(place_named(INBOX).key, "inbox", "inbox"),
    ]

    def __init__(self, title: str, make_lines: Callable[[int], list[Line]]) -> None:
        super().__init__()
        self._heading = title
        self._make_lines = make_lines

    def compose(self) -> ComposeResult:
        yield LineBar(id="reader-title")
        yield PaneView(id="reader")
        yield LineBar(id="alert")
        yield LineBar(id="reader-keys")

    def on_mount(self) -> None:
        self.query_one("#reader-title", LineBar).set_lines([heading(self._heading)])
        self.query_one("#reader-keys", LineBar).set_lines(
            [
                linked(
                    ("j k PgDn PgUp g G scroll · ", Tone.MUTED),
                    Link("Esc back", Tone.MUTED, "back"),
                )
            ]
        )
        self._view.show(self._make_lines)
        self._view.focus()
        self._frame.draw_alert()

    def show_alert(self, unseen: Sequence[Escalation]) -> None:
        """Implements `Alerted`."""
        key = key_of("go_to_inbox")
        lines = [alert_line(unseen, key, self.size.width - 2)] if unseen else []
        self.query_one("#alert", LineBar).set_lines(lines)

    @on(LineView.Pressed)
    def _press(self, event: LineView.Pressed) -> None:
        if event.command == f"go_to_{INBOX}":
            self.action_inbox()
        elif event.command == "back":
            self.dismiss(None)

    def action_inbox(self) -> None:
        """Leave the text for the inbox."""
        frame = self._frame
        self.dismiss(None)
        frame.go_to(INBOX)

    @property
    def _frame(self) -> FrameScreen:
        """The screen that the text lies over."""
        below = (screen for screen in reversed(self.app.screen_stack))
        return next(screen for screen in below if isinstance(screen, FrameScreen))

    @property
    def _view(self) -> PaneView:
        return self.query_one(PaneView)

    def action_move(self, step: int) -> None:
        self._view.move(step)

    def action_page(self, step: int) -> None:
        self._view.move_page(step)

    def action_end(self, is_last: bool) -> None:
        self._view.move_to_end(is_last=is_last)


def text_lines(text: str) -> Callable[[int], list[Line]]:
    """Lines of a text file, with headings of markdown and front matter told apart."""

    def make(width: int) -> list[Line]:
        lines: list[Line] = []
        for source in text.split("\n"):
            tone = Tone.STRONG if source.startswith("#") else Tone.NORMAL
            lines.extend(paragraph(source, width, tone))
        return lines

    return make


def help_lines(commands: Sequence[AnyCommand], width: int) -> list[Line]:
    """Commands with their keys, by topic."""
    lines: list[Line] = []
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
