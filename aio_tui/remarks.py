"""What the operator says of lines of a change, until it is sent: then each is a note."""

from __future__ import annotations

from typing import NamedTuple

from aio_tui.patch import LineRef

_QUOTED = 120


class Remark(NamedTuple):
    """What was said of a line."""

    path: str
    ref: LineRef
    quoted: str
    text: str

    @property
    def words(self) -> str:
        """As the agent reads it."""
        shown = as_quoted(self.quoted)
        said_of = f" (`{shown}`)" if shown else ""
        return f"Comment on {place_words(self.path, self.ref)}{said_of}: {self.text}"


def as_quoted(text: str) -> str:
    """So much of a line that one knows which it is; empty: nothing stands on it."""
    quoted = text.strip()
    return quoted if len(quoted) <= _QUOTED else f"{quoted[:_QUOTED]}…"


def place_words(path: str, ref: LineRef) -> str:
    """Such as `src/a.py:12`."""
    if ref.new is not None:
        return f"{path}:{ref.new}"
    return f"{path}:{ref.old} (before the change)"
