r"""Text of any kind, written so that a terminal shows it and nothing is lost.

Control characters, bidirectional overrides and lone surrogates become `\u001b` and the like; a
backslash that would read as such a mark becomes `\u005c`. All else stays as it is.
"""

from __future__ import annotations

import re

_HIDDEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_SUSPECT = re.compile(f"[\\\\{_HIDDEN}]")
_SUSPECT_ASCII = bytes(n for n in range(128) if _SUSPECT.match(chr(n)))
_TO_WRITE = re.compile(rf"\\(?=u[0-9a-f]{{4}})|[{_HIDDEN}]")
_WRITTEN = re.compile(r"\\u([0-9a-f]{4})")


def _is_plain(text: str) -> bool:
    """Whether it stands for itself. ASCII is checked through bytes, five times as fast."""
    if text.isascii():
        return len(text.encode().translate(None, _SUSPECT_ASCII)) == len(text)
    return _SUSPECT.search(text) is None


def written(text: str) -> str:
    r"""`text` as it stands in a file.

    >>> print(written("red: \x1b[31m, path: C:\\temp"))
    red: \u001b[31m, path: C:\temp
    """
    if _is_plain(text):
        return text
    return _TO_WRITE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def read_back(text: str) -> str:
    """The text that `written` was given."""
    return _WRITTEN.sub(lambda match: chr(int(match[1], 16)), text)


def written_item(text: str) -> str:
    """`text` as an item of a list: its further lines are indented below the first."""
    return written(text).replace("\n", "\n  ")


def read_item_back(text: str) -> str:
    """The text that `written_item` was given."""
    return read_back(text.replace("\n  ", "\n"))
