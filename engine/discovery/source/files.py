"""The source files of a tree."""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LARGEST_BYTES = 1_000_000
"""Larger files are data or generated."""
_NOT_THE_TARGETS_OWN = frozenset(
    {"node_modules", "site-packages", "venv", "vendor", "third_party", "__pycache__"}
)
_LINE_END = re.compile("\n")
_GENERATED = (".min.js", ".lock", "-lock.json", "-lock.yaml", ".map", ".snap")


@dataclass(frozen=True)
class SourceFile:
    """A text file."""

    path: str
    """Relative to the tree, with `/`; bytes that are no UTF-8 show as escapes."""
    text: str

    def line_at(self, position: int) -> int:
        """The line that holds the character at `position`; both count as Python does: from 0 the
        characters, from 1 the lines.
        """
        return bisect_left(self._line_ends, position) + 1

    @cached_property
    def _line_ends(self) -> list[int]:
        return [found.start() for found in _LINE_END.finditer(self.text)]

    @property
    def suffix(self) -> str:
        """Such as `.py`; in lower case."""
        return os.path.splitext(self.path)[1].lower()  # noqa: PTH122  half the time of Path

    @property
    def is_test(self) -> bool:
        """Whether it holds tests, by its name or a folder above it."""
        *folders, name = self.path.lower().split("/")
        stem = name.split(".", 1)[0]
        return (
            not {"tests", "test", "__tests__", "testing", "fixtures"}.isdisjoint(folders)
            or stem.startswith("test_")
            or stem.endswith("_test")
            or stem == "conftest"
            or ".test." in name
            or ".spec." in name
        )


def read_files(tree: Path) -> Iterator[SourceFile]:
    """The text files in `tree`, in no particular order. Links are not followed, hidden folders and
    those of installed packages are left out.
    """
    for folder, folders, names in os.walk(tree):
        folders[:] = [
            name
            for name in folders
            if name not in _NOT_THE_TARGETS_OWN and (name == ".github" or name[0] != ".")
        ]
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118  half the time of Path
            if not name.endswith(_GENERATED):
                text = _text(path)
                if text is not None:
                    yield SourceFile(_shown(os.path.relpath(path, tree)), text)


def _text(path: str) -> str | None:
    """The text; None: it is no plain file, too large, not text, or gone."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(handle, "rb") as file:  # noqa: PTH123  of a descriptor
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST_BYTES:
            return None
        raw = file.read(LARGEST_BYTES)
    return None if b"\0" in raw[:8192] else raw.decode("utf-8", "replace")


def _shown(path: str) -> str:
    return os.fsencode(path).decode(errors="backslashreplace")
