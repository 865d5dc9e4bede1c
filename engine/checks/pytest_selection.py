"""Which tests are asked for, in words that pytest and the probe understand."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from pathlib import Path

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Ids, files and folders. Empty: everything."""

    names: tuple[str, ...]
    """Those whose file or folder is there, as ids begin: relative, with `/`, without `./`."""
    missing: tuple[str, ...]
    """Those whose file or folder is not there, as they were given."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Files and folders to collect from."""
        return tuple(dict.fromkeys(name.split("::", 1)[0] for name in self.names))

    def not_found(self, collected: Iterable[str]) -> tuple[str, ...]:
        """The names of tests that are not among the collected ones, nor are missing files."""
        if not self.names:
            return self.missing
        known = {name for test in collected for name in names_of(test)}
        unknown = (name for name in self.names if "::" in name and name not in known)
        return (*self.missing, *unknown)

    def without(self, ignored: Iterable[str]) -> Selection:
        """The same without what lies in the `ignored` files and folders."""
        left_out = frozenset(ignored)
        names = tuple(name for name in self.names if left_out.isdisjoint(names_of(name)))
        return Selection(names=names, missing=self.missing)


def select(tree: Path, only: Iterable[str]) -> Selection:
    """`only` as far as it lies in `tree`."""
    names: list[str] = []
    missing: list[str] = []
    for given in dict.fromkeys(only):
        path, *inner = given.split("::", 1)
        name = "::".join((posixpath.normpath(path), *inner))
        is_there = path and not _leads_out(name) and (tree / path).exists()
        (names if is_there else missing).append(name if is_there else given)
    return Selection(names=tuple(names), missing=tuple(missing))


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "../")) or name == ".."


def names_of(test: str) -> tuple[str, ...]:
    """Everything by which `test` can be asked for: itself, its function, classes, file, folders."""
    file, *inner = test.split("[", 1)[0].split("::")
    folders = file.split("/")
    paths = ("/".join(folders[:end]) for end in range(1, len(folders) + 1))
    units = ("::".join((file, *inner[:end])) for end in range(1, len(inner) + 1))
    return (test, ".", *paths, *units)
