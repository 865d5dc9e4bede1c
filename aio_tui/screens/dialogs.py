"""Short questions over the main screen: one line of text, or one key of a few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click, Key, Paste
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from aio_tui.burst import FULL, Burst, Commanded
from aio_tui.text import clean, content

_MAX_CHARS = 4000
_LOW_ROWS = 20
"""Below that a dialog leaves nothing blank, so that its answers are in sight."""
_HEIGHTS: Final = [(0, "-low"), (_LOW_ROWS, "-high")]
_ALONE_S = 0.05
"""How long a key has to be alone to be an answer."""


class CleanInput(Input):
    """An input line into which no control characters get, typed or pasted, and not without end."""

    class Cut(Message):
        """More was typed or pasted than there is room for; the rest is gone."""

    def __init__(self, value: str, *, select_on_focus: bool) -> None:
        super().__init__(value, select_on_focus=select_on_focus)
        self._typed = ""
        """Keys that came together are put in together: one by one, a paste would take minutes."""

    def take(self, text: str) -> None:
        """Put `text` in at the cursor soon, behind what was taken before."""
        if not self._typed:
            self.call_later(self.put_typed)
        if len(self._typed) < _MAX_CHARS:
            self._typed += text
        else:
            self.post_message(self.Cut())

    async def action_submit(self) -> None:
        """As Textual's own, but at once: the next key is for what comes after this dialog."""
        self.put_typed()
        screen = self.screen
        if isinstance(screen, AskScreen):
            screen.answer(self.value)

    def put_typed(self) -> None:
        """Put in what was taken."""
        typed, self._typed = self._typed, ""
        if typed:
            self.replace(typed, *self.selection)

    def replace(self, text: str, start: int, end: int) -> None:
        shown = clean(text)
        room = max(_MAX_CHARS - len(self.value) + abs(end - start), 0)
        if len(shown) > room:
            self.post_message(self.Cut())
        super().replace(shown[:room], start, end)
        self.set_class(len(self.value) >= _MAX_CHARS and self.selection.is_empty, FULL)

    async def _on_key(self, event: Key) -> None:
        event.prevent_default()
        if event.is_printable and event.character:
            event.stop()
            self.take(event.character)
        else:
            self.put_typed()
            self.remove_class(FULL)

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        self.put_typed()
        text = event.text[: _MAX_CHARS * 2]
        self.replace(" ".join(text.split()), *self.selection)


class AskScreen(ModalScreen[str | None]):
    """Asks for one line; None: the operator backed out."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "back")]
    VERTICAL_BREAKPOINTS = _HEIGHTS

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
            yield Label(content("Enter confirms · Esc backs out"), classes="hint")

    @on(CleanInput.Cut)
    def _say_cut(self) -> None:
        self.hint(f"cut at {_MAX_CHARS} characters: the rest was left out · Enter confirms")

    def answer(self, text: str) -> None:
        """Give it and close, or say why it is none."""
        answer = text.strip()
        problem = self.problem_of(answer)
        if problem:
            self.hint(problem)
        else:
            self.dismiss(answer)

    def problem_of(self, answer: str) -> str:
        """Why it is no answer, in one line; empty: it is one."""
        return "" if answer or self._may_be_empty else "say something, or Esc to back out"

    def hint(self, text: str) -> None:
        """Say `text` below the line."""
        self.query_one(".hint", Label).update(content(text))


class ChooseScreen(ModalScreen[str | None], Commanded):
    """Offers a few keys; None: the operator backed out. Of keys that come together none counts."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "back")]
    VERTICAL_BREAKPOINTS = _HEIGHTS

    def __init__(self, question: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._question = question
        self._options = dict(options)
        self.burst = Burst(most_typed=1, hold_s=_ALONE_S)

    def ignore_paste(self) -> None:
        for hint in self.query(".hint").results(Label):
            hint.update(content("a paste was ignored: press one key · Esc backs out"))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(content(self._question))
            with Vertical(classes="options"):
                for key, meaning in self._options.items():
                    with Horizontal(classes="option"):
                        yield Label(content(key), classes="key")
                        yield Label(content(meaning), classes="meaning")
            yield Label(content("press a key · Esc backs out"), classes="hint")

    def on_click(self, event: Click) -> None:
        """An option that is clicked is chosen."""
        options = list(self.query(".option"))
        below = event.widget.ancestors_with_self if event.widget else ()
        clicked = next((each for each in below if each in options), None)
        if clicked is not None:
            self.dismiss(list(self._options)[options.index(clicked)])

    def on_key(self, event: Key) -> None:
        if event.key in self._options:
            event.stop()
            self.dismiss(event.key)
