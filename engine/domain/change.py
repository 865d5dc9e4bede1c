"""What a change does to one file."""

from __future__ import annotations

from dataclasses import dataclass


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
