"""Files of verification below the state folder: written whole or not at all, for the owner only,
and sealed, because the code under test may find its way to them.
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.files.replacing import replace_file
from engine.loop.verifying.seal import Seal


def keep(path: Path, text: str, seal: Seal) -> None:
    """Write `text` to `path`, sealed, replacing what was there.

    Raises:
        OSError: it could not be written; what was there is as it was.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed = seal.sealed(path.name, text)
    replace_file(path, sealed.encode("utf-8", "backslashreplace"))


def read_kept(path: Path, seal: Seal) -> str | None:
    """What was kept there; None if nothing readable was, or somebody else wrote it."""
    try:
        return seal.opened(path.name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def keep_newest(folder: Path, count: int) -> None:
    """Remove all but the `count` newest files of a folder."""
    found = []
    for entry in os.scandir(folder):
        try:
            found.append((entry.stat().st_mtime_ns, entry.path))
        except FileNotFoundError:
            continue
    for _, path in sorted(found, reverse=True)[count:]:
        Path(path).unlink(missing_ok=True)
