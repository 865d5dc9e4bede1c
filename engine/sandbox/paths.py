"""Where a path of an agent really leads."""

from __future__ import annotations

import os
from pathlib import Path

from engine.domain.errors import InputError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path as written, and the real one with every symlink followed."""

    written: str
    real: Path
    is_inside: bool
    """The real path lies in the worktree, and not in its `.git`."""
    looks_inside: bool
    """The written path does."""


def locate(worktree: Path, written: str) -> Place:
    """Follow `written` from the worktree, at this moment.

    Raises:
        InputError: it cannot be followed (a loop of symlinks, a name that is too long).
    """
    root = worktree.resolve()
    lexical = Path(os.path.normpath(root / written))
    try:
        real = (root / written).resolve()
        real.is_dir()
    except (OSError, RuntimeError) as exc:
        raise InputError(
            f"path {written[:200]!r} cannot be followed: {exc}", hint="use another path"
        ) from exc
    return Place(
        written=written,
        real=real,
        is_inside=real.is_relative_to(root) and not real.is_relative_to(root / ".git"),
        looks_inside=lexical.is_relative_to(root) or lexical.is_relative_to(worktree),
    )


def require_readable(place: Place, *, is_approved: bool) -> None:
    """Refuse to look through a symlink that leaves the worktree unseen by the guardrails.

    Raises:
        InputError: the path looks as if it were inside the worktree and is not.
    """
    if place.looks_inside and not place.is_inside and not is_approved:
        raise InputError(
            f"{place.written!r} leads out of the worktree, to {str(place.real)!r}",
            hint="name the real path if you need it",
        )


def require_writable(place: Place, *, is_approved: bool) -> None:
    """Refuse to write outside the worktree without approval.

    Raises:
        InputError: the real path is outside.
    """
    if not place.is_inside and not is_approved:
        raise InputError(
            f"{place.written!r} leads out of the worktree, to {str(place.real)!r}; "
            "nothing was written",
            hint="work on files inside the worktree",
        )
