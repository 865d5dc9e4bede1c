"""Counting, cutting and cleaning text from anywhere."""

from __future__ import annotations

import re

CHARS_PER_TOKEN = 4
_CUT = "\n[... {count} characters left out ...]\n"
_LONGEST_CUT = len(_CUT) + 12
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FENCE = re.compile(r"<(?=\s*/?\s*material)", re.IGNORECASE)


def approx_tokens(text: str) -> int:
    """Tokens of `text`, taken as a quarter of its characters, rounded up."""
    return -(-len(text) // CHARS_PER_TOKEN)


def cut(text: str, limit_chars: int) -> str:
    """`text` in at most `limit_chars`: a third from its beginning, the rest from its end."""
    if len(text) <= limit_chars:
        return text
    room = limit_chars - _LONGEST_CUT
    if room <= 0:
        return text[: max(limit_chars, 0)]
    head = room // 3
    mark = _CUT.format(count=len(text) - room)
    return text[:head] + mark + text[len(text) - (room - head) :]


def one_line(text: str, limit_chars: int) -> str:
    """`text` on one line, its end left out beyond `limit_chars`."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit_chars else flat[: max(limit_chars - 3, 0)] + "..."


def clean(text: str) -> str:
    """`text` without terminal sequences and control characters; line breaks and tabs stay."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _ESCAPES.sub("", unix))


def inert(text: str) -> str:
    """`text` that cannot end the fence it is put into; of the same length."""
    return _FENCE.sub("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", text)
