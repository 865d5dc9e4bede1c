"""Redaction of a text that comes in pieces: a secret that is cut in two is still one."""

from __future__ import annotations

import re

from engine.redaction.redactor import Redact

_CONTEXT = 240
"""Characters of what was given out already that the next piece is looked at together with."""
_LONGEST_HELD = 6_000
"""A word longer than this is let go in parts; so is a key block that never ends."""
_OPEN_TAIL = re.compile(
    r"(?:(?<!\S)(?:[\d()+./,-]{1,20}(?:st|nd|rd|th)?,?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[a-z]{0,6}[.,]?)[ ]){0,5}\S*\Z",
    re.IGNORECASE,
)
"""The last word, which may go on, and groups of digits and months before it."""
_BEGIN, _END = "-----BEGIN ", "-----END "


class RedactedStream:
    """Gives out as much of a text as can be no part of a secret that goes on.

    >>> from engine.redaction.redactor import secrets_redactor
    >>> stream = RedactedStream(secrets_redactor())
    >>> stream.feed("use ghp_0123456789abcdef"), stream.feed("ghijklmnopqrstuvwxyz now")
    ('use ', '[redacted:token] ')
    >>> stream.end()
    'now'
    """

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._context = ""
        self._held = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held back."""
        return not self._held

    def feed(self, piece: str) -> str:
        """What of the text so far may be shown now and was not shown before."""
        text = self._held + piece
        keep = len(text) - _tail(text)
        if len(text) - keep > _LONGEST_HELD:
            keep = len(text)
        self._held = text[keep:]
        return self._given(text[:keep])

    def end(self) -> str:
        """The rest; a new text may follow."""
        rest, self._held = self._held, ""
        given = self._given(rest)
        self._context = ""
        return given

    def _given(self, text: str) -> str:
        if not text:
            return ""
        before = self._redact(self._context)
        after = self._redact(self._context + text)
        self._context = _context_of(self._context + text)
        if after.startswith(before):
            return after[len(before) :]
        return after[_shared(before, after) :]


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _tail(text: str) -> int:
    """How many characters at the end may be the beginning of a secret."""
    found = _OPEN_TAIL.search(text, max(0, len(text) - _LONGEST_HELD - 1))
    start = len(text) if found is None else found.start()
    begin = text.rfind(_BEGIN)
    if begin >= 0 and start < _end_of_block(text, begin):
        start = min(start, begin)
    return len(text) - start


def _end_of_block(text: str, begin: int) -> int:
    """Where the key block ends that begins there; beyond the text if it goes on."""
    end = text.find(_END, begin)
    closing = text.find("-----", end + len(_END)) if end >= 0 else -1
    return closing + len("-----") if closing >= 0 else len(text) + 1


def _context_of(text: str) -> str:
    """The end of the text from a word's beginning on; all of a key block that goes on."""
    begin = text.rfind(_BEGIN)
    if begin >= 0 and text.find(_END, begin) < 0:
        return (
            text[begin:][: len(_BEGIN) + 60] if len(text) - begin > _LONGEST_HELD else text[begin:]
        )
    end = text[-_CONTEXT:]
    space = re.search(r"\s", end)
    return end if len(text) <= _CONTEXT or space is None else end[space.end() :]
