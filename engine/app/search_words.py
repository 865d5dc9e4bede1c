"""The words of a search, and what they are found in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from engine.app.plain_files import blocks_of
from engine.domain.errors import InputError

_WORD = re.compile(r'"([^"]+)"?|(\S+)')
MOST_CHARS = 1000
EXCERPT_CHARS = 160
_BLOCK_BYTES = 1 << 20
_LONGEST_LINE_BYTES = 1 << 23


class Words:
    """What is looked for: all words, in any order, in any case; quotes make one word of several.

    Raises:
        InputError: there is no word, or there is too much.
    """

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARS:
            raise InputError(
                f"the search text has {len(text)} characters",
                hint=f"use at most {MOST_CHARS}",
            )
        found = [(quoted or plain).casefold() for quoted, plain in _WORD.findall(text)]
        self.words = tuple(dict.fromkeys(word for word in found if word.strip()))
        if not self.words:
            raise InputError("there is nothing to search for", hint="name one word or more")
        self._needles = tuple(_needle(word) for word in self.words)
        self._is_ascii = all(word.isascii() for word in self.words)

    def are_in(self, text: str) -> bool:
        """Whether `text` has them all."""
        folded = text.casefold()
        return all(word in folded for word in self.words)

    def excerpt(self, text: str) -> str:
        """One line of `text` around the first of them."""
        flat = " ".join(text.split())
        at = max(flat.casefold().find(self.words[0]), 0)
        start = max(at - EXCERPT_CHARS // 3, 0)
        cut = flat[start : start + EXCERPT_CHARS]
        is_cut_off = start + EXCERPT_CHARS < len(flat)
        return f"{'…' if start else ''}{cut}{'…' if is_cut_off else ''}"

    def json_lines(self, path: Path, *, is_sealed: bool) -> Iterator[bytes | None]:
        """The lines of JSON that may have them; sealed ones all may. None now and then: time to
        look whether to go on. A file that cannot be read has none.
        """
        carry = b""
        for block in blocks_of(path, _BLOCK_BYTES):
            data = carry + block
            end = data.rfind(b"\n") + 1
            whole, carry = data[:end], data[end:]
            if is_sealed:
                yield from whole.splitlines()
            elif self._may_have(whole):
                yield from filter(self._may_have, whole.splitlines())
            if len(carry) > _LONGEST_LINE_BYTES:
                carry = b""
            yield None

    def _may_have(self, raw: bytes) -> bool:
        folded = raw.lower() if self._is_ascii else _folded(raw)
        return all(needle in folded for needle in self._needles)


def _needle(word: str) -> bytes:
    """How a word stands in JSON that is written without escapes of what is not ASCII."""
    return json.dumps(word, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")


def _folded(raw: bytes) -> bytes:
    return raw.decode("utf-8", "surrogateescape").casefold().encode("utf-8", "surrogateescape")
