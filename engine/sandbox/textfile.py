"""Text files as bytes on disk: read whole, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from engine.domain.errors import InputError

SIZE_CAP_BYTES = 5_000_000


def read_text(path: Path) -> str:
    """The file's text with its own line endings.

    Raises:
        InputError: it is missing, no regular file, above 5 MB, or not UTF-8 text.
    """
    raw = _read_bytes(path)
    if b"\0" in raw[:8192]:
        raise InputError(
            f"{str(path)!r} is a binary file of {len(raw)} bytes", hint="use bash to look at it"
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        raise InputError(
            f"{str(path)!r} is not UTF-8 text (byte {exc.start} is 0x{raw[exc.start]:02x})",
            hint="use bash, with a program that knows its encoding",
        ) from None


def write_text(path: Path, text: str) -> None:
    """Replace or create the file in one step, keeping the mode it had; folders are created.

    Raises:
        InputError: the system refuses (no permission, a folder in the way, disk full); the file
            is as before.
    """
    temporary = path.with_name(f".aio-{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = _present_mode(path)
        with temporary.open("xb") as file:
            file.write(text.encode())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except OSError as exc:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise InputError(
            f"{str(path)!r} could not be written: {exc.strerror or exc}", hint="use another path"
        ) from exc


def _read_bytes(path: Path) -> bytes:
    # A FIFO that nobody writes to would block an ordinary open for ever.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise InputError(
            f"{str(path)!r} cannot be read: {exc.strerror or exc}",
            hint="look at the folder with the view command",
        ) from exc
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(f"{str(path)!r} is no regular file", hint="name a text file")
        if facts.st_size > SIZE_CAP_BYTES:
            raise InputError(
                f"{str(path)!r} has {facts.st_size} bytes, more than {SIZE_CAP_BYTES}",
                hint="use bash with head, tail, grep or sed",
            )
        return file.read(SIZE_CAP_BYTES + 1)


def _present_mode(path: Path) -> int | None:
    """The mode of the file that is there; None if there is none."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is no regular file")
    return stat.S_IMODE(facts.st_mode)
