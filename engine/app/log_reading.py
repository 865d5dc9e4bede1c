"""The end of the log files, as entries."""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

from engine.app.log import LOG_NAME
from engine.domain.errors import StoreError
from engine.ports.log import LogLevel, LogLine
from engine.ports.secrecy import SEALED_MARK, Codec

MOST_BYTES = 256 * 1024
"""Of the newest entries."""
_ENTRY = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) ([A-Z]{3,10}) ([^ :\n]{1,200}): ", re.MULTILINE
)
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def log_lines(folder: Path, codec: Codec) -> list[LogLine]:
    """The newest entries, oldest first; those of the file before if the present one is short.
    Nothing of what cannot be read.
    """
    newest = _tail(folder / LOG_NAME, MOST_BYTES)
    older = _tail(folder / f"{LOG_NAME}.1", MOST_BYTES - len(newest))
    return _entries(_opened(older, codec) + _opened(newest, codec))


def _tail(path: Path, size_bytes: int) -> bytes:
    """The last whole lines of the file."""
    if size_bytes <= 0:
        return b""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return b""
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            return b""
        start = max(info.st_size - size_bytes, 0)
        raw = os.pread(descriptor, size_bytes, start)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
    return raw[raw.find(b"\n") + 1 :] if start else raw


def _opened(raw: bytes, codec: Codec) -> str:
    lines = raw.decode("utf-8", "replace").splitlines(keepends=True)
    return "".join(_opened_line(line, codec) for line in lines)


def _opened_line(line: str, codec: Codec) -> str:
    if not line.startswith(SEALED_MARK):
        return line
    try:
        return f"{codec.open(line.rstrip())}\n"
    except StoreError:
        return ""


def _entries(text: str) -> list[LogLine]:
    starts = list(_ENTRY.finditer(text))
    ends = [*(found.start() for found in starts[1:]), len(text)][: len(starts)]
    return [
        LogLine(
            at=_time(found[1], found[2]),
            level=_level(found[3]),
            source=found[4],
            text=text[found.end() : end].rstrip(),
        )
        for found, end in zip(starts, ends, strict=True)
    ]


def _time(told: str, millis: str) -> datetime | None:
    """As the log has it: in the time of this machine."""
    try:
        here = datetime.strptime(f"{told}.{millis}", "%Y-%m-%d %H:%M:%S.%f").astimezone()
    except (ValueError, OverflowError):
        return None
    return here.astimezone(UTC)


def _level(name: str) -> LogLevel:
    if name == "WARNING":
        return LogLevel.WARNING
    return LogLevel.ERROR if name in ("ERROR", "CRITICAL") else LogLevel.INFO
