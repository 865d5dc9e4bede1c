"""The line in which a filter is written: says what can be written, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from aio_tui.filtering import Field, FilterError, Kind, completed, completions, parse
from aio_tui.screens.dialogs import AskScreen, CleanInput

_QUESTION = 'Show only rows with: words, field:word, number:>1, !not, "more words". Empty: all.'
_HINT = "Tab completes · Enter filters · Esc backs out"
_SHOWN_CHARS = 240
_SIGNS = {Kind.NUMBER: ":>1", Kind.DURATION: ":>2h", Kind.TEXT: ":"}


class FilterScreen(AskScreen):
    """Gives the filter line; it means something when it is given."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", priority=True),
    ]

    def __init__(self, words: str, fields: Sequence[Field]) -> None:
        super().__init__(_QUESTION, default=words, may_be_empty=True)
        self._fields = fields

    def on_mount(self) -> None:
        self._say()

    def action_complete(self) -> None:
        """Write what the last word can only be."""
        line = self.query_one(CleanInput)
        line.put_typed()
        line.value = completed(line.value, self._fields)
        line.cursor_position = len(line.value)

    @on(Input.Changed)
    def _offer(self) -> None:
        self._say()

    def _say(self) -> None:
        self.hint(f"{_HINT}\n{self._offered()}")

    def _offered(self) -> str:
        found = completions(self.query_one(CleanInput).value, self._fields)
        signs = {f"{field.name}:": field.name + _SIGNS[field.kind] for field in self._fields}
        words = [signs.get(word, word) for word in found]
        text = "  ".join(words)
        if len(text) <= _SHOWN_CHARS:
            return text
        return f"{text[:_SHOWN_CHARS].rpartition('  ')[0]}  …"

    def problem_of(self, answer: str) -> str:
        try:
            parse(answer, self._fields)
        except FilterError as error:
            return str(error)
        return ""
