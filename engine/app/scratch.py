"""A private temporary folder outside the repository, for what agents and checks start.

Inside the repository's ignored state folder it would mislead tools that look upward for
configuration or ignore files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path


class Scratch:
    """The temporary folder of one process for one repository; gone when it is closed."""

    def __init__(self, repo: Path) -> None:
        digest = hashlib.sha256(os.fsencode(repo)).hexdigest()[:8]
        self._prefix = f"aio-tui-{os.getuid()}-{digest}-{{pid}}-"
        self.path = Path(tempfile.mkdtemp(prefix=self._prefix.format(pid=os.getpid())))

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what processes left that did not live to close theirs."""
        head, _, tail = self._prefix.partition("{pid}")
        for path in self.path.parent.glob(f"{head}*{tail}*"):
            pid = path.name.removeprefix(head).partition("-")[0]
            is_ours = path.lstat().st_uid == os.getuid()
            if is_ours and pid.isdecimal() and not Path(f"/proc/{pid}").exists():
                shutil.rmtree(path, ignore_errors=True)
