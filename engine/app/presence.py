"""Whether somebody works at a cockpit of this repository, whichever process it is."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_NAME = "last_key"


def note_key(state: Path, at: datetime) -> None:
    """A key was pressed; what cannot be written is as if nobody was there."""
    path = state / _NAME
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(at.isoformat())


def forget_key(state: Path) -> None:
    """Nobody is there any more."""
    with suppress(OSError):
        (state / _NAME).unlink(missing_ok=True)


def last_key(state: Path) -> datetime | None:
    """When a key was last pressed; None: nobody is there, or nobody can say."""
    try:
        found = datetime.fromisoformat((state / _NAME).read_text(encoding="ascii")[:64])
    except (OSError, ValueError):
        return None
    return found if found.tzinfo is not None else None
