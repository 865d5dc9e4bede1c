"""Globs of paths: `*` stays within a folder, `**` does not."""

from __future__ import annotations

import re
from functools import lru_cache


def matches(path: str, glob: str) -> bool:
    """Whether the glob names the path, or a folder above it.

    >>> [matches("src/a/b.py", glob) for glob in ("src", "src/*.py", "src/**", "src/**/*.py")]
    [True, False, True, True]
    """
    return bool(_pattern(glob).fullmatch(path))


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", glob.strip().removeprefix("./").rstrip("/"))
    text = "".join(_PIECES.get(piece, re.escape(piece)) for piece in pieces)
    return re.compile(f"{text}(?:/.*)?", re.DOTALL)


_PIECES = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
