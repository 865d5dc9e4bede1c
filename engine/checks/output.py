"""The end of a program's output, as records keep it."""

from __future__ import annotations

TAIL_LINES = 40
TAIL_CHARS = 4_000


def tail(output: bytes) -> str:
    """The last 40 lines and 4,000 characters; bytes that are no UTF-8 are replaced."""
    text = output[-4 * TAIL_CHARS :].decode("utf-8", "replace").rstrip()
    return "\n".join(text.splitlines()[-TAIL_LINES:])[-TAIL_CHARS:]


def last_line(text: str) -> str:
    """The last line that says something, capped; empty if none does."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
