"""Text of a screen, compared with what was looked at and found good.

AIO_TUI_UPDATE_SNAPSHOTS=1 writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def compare(name: str, shown: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("AIO_TUI_UPDATE_SNAPSHOTS") == "1":
        path.write_text(shown + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shown + "\n"
