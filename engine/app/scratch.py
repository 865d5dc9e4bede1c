"""A private temporary folder outside the repository, for what agents and checks start.

Inside the repository's ignored state folder it would mislead tools that look upward for
configuration or ignore files.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from engine.files.temporary import Held, hold, sweep

_MOST_SWEPT = 64
"""At an end: whoever ran a command waits for it. An engine at work removes all."""


class Scratch:
    """The temporary folder of one process for one repository; gone when it is closed.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, repo: Path) -> None:
        self._held: Held | None = hold(hashlib.sha256(os.fsencode(repo)).hexdigest()[:8])
        self.path = self._held.path

    def close(self) -> None:
        """Remove it with all that is in it, and what others left who did not live to do so."""
        if self._held is not None:
            self._held.remove()
            self._held = None
            sweep(most=_MOST_SWEPT)
