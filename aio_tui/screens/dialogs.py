"""Short questions over the main screen: one line of text, or one key of a few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from aio_tui.text import clean, content


class CleanInput(Input):
    """An input line into which no control characters get, typed or pasted."""

    def insert_text_at_cursor(self, text: str) -> None:
        super().insert_text_at_cursor(clean(text))

    def insert(self, text: str, index: int) -> None:
        super().insert(clean(text), index)

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(clean(text), start, end)

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(" ".join(event.text[:_MAX_PASTE].split()))


_MAX_PASTE = 4000


class AskScreen(ModalScreen[str | None]):
    """Asks for one line; None: the operator backed out."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "back")]

    def __init__(self, question: str, *, default: str, may_be_empty: bool) -> None:
        super().__init__()
        self._question = question
        self._default = clean(default)
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(content(self._question))
            answer = CleanInput(self._default, select_on_focus=bool(self._default))
            answer.cursor_blink = False
            yield answer
            yield Label(content("Enter sends · Esc backs out"), classes="hint")

    async def on_key(self, event: Key) -> None:
        """Keys that were typed before the line had the focus, in their order."""
        line = self.query_one(CleanInput)
        if event.is_printable and event.character:
            event.stop()
            line.insert_text_at_cursor(event.character)
        elif event.key == "enter":
            event.stop()
            await line.action_submit()

    @on(Input.Submitted)
    def _answer(self, event: Input.Submitted) -> None:
        answer = event.value.strip()
        if answer or self._may_be_empty:
            self.dismiss(answer)
            return
        self.query_one(".hint", Label).update(content("say something, or Esc to back out"))


class ChooseScreen(ModalScreen[str | None]):
    """Offers a few keys; None: the operator backed out."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "back")]

    def __init__(self, question: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._question = question
        self._options = dict(options)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(content(self._question))
            for key, meaning in self._options.items():
                yield Label(content(f"  {key}  {meaning}"), classes="option")
            yield Label(content("press a key · Esc backs out"), classes="hint")

    def on_key(self, event: Key) -> None:
        if event.key in self._options:
            event.stop()
            self.dismiss(event.key)
