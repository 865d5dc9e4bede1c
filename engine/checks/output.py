"""What records keep of a program's output."""

from __future__ import annotations

import re

TAIL_LINES = 40
TAIL_CHARS = 4_000
_HEAD_BYTES = 100_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def tail(output: bytes) -> str:
    """The last 40 lines and 4,000 characters; bytes that are no UTF-8 are replaced."""
    text = output[-4 * TAIL_CHARS :].decode("utf-8", "replace").rstrip()
    return "\n".join(text.splitlines()[-TAIL_LINES:])[-TAIL_CHARS:]


def last_line(text: str) -> str:
    """The last line that says something, capped; empty if none does."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def telling_line(output: bytes) -> str:
    """The first line that speaks of an error, else the last one that says something; capped and
    without colours. `no output` if none does.
    """
    text = _COLOUR.sub("", output[:_HEAD_BYTES].decode("utf-8", "replace"))
    lines = [line.strip() for line in text.splitlines()]
    spoken = (line for line in lines if "error" in line.casefold() and not line.startswith("at "))
    return next((line[:200] for line in spoken), last_line(text)) or "no output"
