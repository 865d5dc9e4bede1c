"""A text over the whole screen: a session file, a question in full, the help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.screen import ModalScreen

from aio_tui.commands.base import CommandedDesk
from aio_tui.commands.catalogue import key_of
from aio_tui.places import INBOX, place_named
from aio_tui.screens.edges import EdgedScreen
from aio_tui.widgets.inbox import alert_line
from aio_tui.widgets.line import Line, Link, Piece, heading, linked, paragraph
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.rows import SCREEN_CLASSES, LineBar, LineView
from aio_tui.wording import Tone
from engine.domain.escalation import Escalation

SCROLLS: tuple[Piece, ...] = (("j k PgDn PgUp g G", Tone.KEY), " scroll")
"""The keys that move in a text."""


class Below(CommandedDesk, Protocol):
    """What a text asks of the screen that it lies over."""

    def draw_alert(self) -> None:
        """Announce the questions that nobody has looked at, on whatever is on top."""
        ...


class ReaderScreen(ModalScreen[None]):
    """Shows lines under a title; scrolls like everything else, Escape goes back."""

    COMPONENT_CLASSES: ClassVar[set[str]] = SCREEN_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss(None)", "back"),
        Binding("question_mark", "help", "help"),
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
        self.draw_keys()
        self._view.show(self._make_lines)
        self._view.focus()
        self._frame.draw_alert()

    @on(Resize)
    def draw_keys(self) -> None:
        """Bring the key bar up to date."""
        keys = self.key_line(self.size.width - 2)
        self.query_one("#reader-keys", LineBar).set_lines([keys])

    def key_line(self, width: int) -> Line:
        """The keys that do something here."""
        return linked(*pressable("Esc", "back", "back"), *SCROLLS)

    def show_alert(self, unseen: Sequence[Escalation]) -> None:
        """Implements `Alerted`."""
        key = key_of("go_to_inbox")
        width, only_looks = self.size.width - 2, self._frame.is_read_only
        lines = [alert_line(unseen, key, width, only_looks=only_looks)] if unseen else []
        self.query_one("#alert", LineBar).set_lines(lines)

    @on(LineView.Pressed)
    def _press(self, event: LineView.Pressed) -> None:
        self.press(event.command)

    def press(self, name: str) -> None:
        """What was clicked does what its key does."""
        if name == f"go_to_{INBOX}":
            self.action_inbox()
        elif name == "back":
            self.dismiss(None)
        elif name == "help":
            self.action_help()

    def action_help(self) -> None:
        """The keys of the screen below; the text comes back."""
        self._frame.show_help()

    def action_inbox(self) -> None:
        """Leave the text for the inbox."""
        frame = self._frame
        self.dismiss(None)
        frame.go_to(INBOX)

    @property
    def _frame(self) -> Below:
        """The screen that the text lies over."""
        below = reversed(self.app.screen_stack)
        return cast("Below", next(screen for screen in below if isinstance(screen, EdgedScreen)))

    @property
    def _view(self) -> PaneView:
        return self.query_one(PaneView)

    def action_move(self, step: int) -> None:
        self._view.move(step)

    def action_page(self, step: int) -> None:
        self._view.move_page(step)

    def action_end(self, is_last: bool) -> None:
        self._view.move_to_end(is_last=is_last)


def pressable(key: str, label: str, command: str) -> tuple[Piece | Link, ...]:
    """A key of the bar and what it does, as on every screen; both can be clicked."""
    return Link(key, Tone.KEY, command), Link(f" {label}", Tone.NORMAL, command), "  "


def text_lines(text: str) -> Callable[[int], list[Line]]:
    """Lines of a text file, with headings of markdown and front matter told apart."""

    def make(width: int) -> list[Line]:
        lines: list[Line] = []
        for source in text.split("\n"):
            tone = Tone.STRONG if source.startswith("#") else Tone.NORMAL
            lines.extend(paragraph(source, width, tone))
        return lines

    return make
