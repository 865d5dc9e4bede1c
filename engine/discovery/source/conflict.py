"""Merges that somebody committed halfway."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.discovery.source.files import SourceFile
from engine.discovery.source.remark import Remark

_MARKER = re.compile(r"^(<<<<<<<|=======|>>>>>>>)(?= |\r?$)", re.MULTILINE)


def conflict_remarks(file: SourceFile) -> Iterator[Remark]:
    """One remark for each opened, divided and closed conflict."""
    if "<<<<<<<" not in file.text:
        return
    opened, is_divided = 0, False
    for marker in _MARKER.finditer(file.text):
        match marker[1]:
            case "<<<<<<<":
                opened, is_divided = file.line_at(marker.start()), False
            case "=======":
                is_divided = True
            case _ if opened and is_divided:
                yield Remark("conflict-marker", opened, "an unresolved merge conflict")
                opened = 0
            case _:
                opened = 0
