"""The tools that a JavaScript repository brings with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.domain.errors import GateError


def find_program(name: str, folder: Path, top: Path) -> str:
    """The nearest `node_modules/.bin/<name>`, from `folder` up to `top`.

    Raises:
        GateError: there is none.
    """
    for bin_folder in bin_folders(folder, top):
        candidate = bin_folder / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    where = "this repository" if folder == top else f"{folder.relative_to(top).as_posix()!r}"
    raise GateError(
        f"{name} is not installed in {where}",
        hint="run your package manager's install in your checkout, or remove the check",
    )


def bin_folders(folder: Path, top: Path) -> Iterator[Path]:
    """Where programs may stand, nearest first; `folder` lies in `top`."""
    for place in (folder, *folder.parents):
        yield place / "node_modules" / ".bin"
        if place == top:
            return
