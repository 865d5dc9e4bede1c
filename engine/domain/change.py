"""What a change does to files."""

from __future__ import annotations

from enum import StrEnum

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One path before and after. A rename is a file that is gone and one that is new."""

    path: str
    """Relative to the tree, with `/`."""
    before: bytes | None
    """Content at the base commit; None: the path did not exist."""
    after: bytes | None
    """Content at the head commit; None: the path does not exist any more."""
    is_link: bool = False
    """It is a symbolic link at the head; `after` is where it leads."""
    is_executable: bool = False
    is_submodule: bool = False
    """It is a submodule at one of the two; its content is the id of the commit it stands at."""
    is_cut: bool = False
    """It was too long to be read whole: what `before` and `after` hold proves nothing."""


class FileFate(StrEnum):
    """What became of a path."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    RETYPED = "retyped"
    """Such as a file that is a symbolic link now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """One path of a change, without its content."""

    path: str
    """Relative to the tree, with `/`; bytes that are no UTF-8 are escapes."""
    raw_path: str
    """As git has it; bytes that are no UTF-8 are surrogates."""
    fate: FileFate
    added: int | None
    """Lines; None: it is binary."""
    removed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFiles:
    """Which files differ between two commits."""

    base: str
    head: str
    files: tuple[ChangedFile, ...]
    """Sorted by path. A rename is a file that is gone and one that is new."""
    left_out: int = 0
    """How many more there are: of very large changes only the first are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePatch:
    """What a change does to one file, as a unified diff."""

    text: str
    """Bytes that are no UTF-8 are escapes."""
    is_cut: bool = False
    """It goes on; the rest was too long."""
