"""Text files as bytes on disk: read whole, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from engine.domain.errors import InputError
from engine.sandbox.anchored import opened_folder

SIZE_CAP_BYTES = 5_000_000
_OLD = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


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
    try:
        with opened_folder(path.parent, creates=True) as folder:
            _replace(path.name, text.encode(), folder)
    except OSError as exc:
        raise InputError(
            f"{str(path)!r} could not be written: {exc.strerror or exc}", hint="use another path"
        ) from exc


def _replace(name: str, content: bytes, folder: int) -> None:
    temporary = f".aio-{secrets.token_hex(6)}"
    mode = _present_mode(name, folder)
    handle = os.open(temporary, _NEW, 0o666, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if mode is not None:
                os.fchmod(file.fileno(), mode)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _read_bytes(path: Path) -> bytes:
    # A FIFO that nobody writes to would block an ordinary open for ever.
    try:
        with opened_folder(path.parent) as folder:
            handle = os.open(path.name, _OLD, dir_fd=folder)
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


def _present_mode(name: str, folder: int) -> int | None:
    """The mode of the file that is there; None if there is none."""
    try:
        facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(facts.st_mode):
        raise OSError(errno.ELOOP, "it became a link after it was checked")
    if not stat.S_ISREG(facts.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is no regular file")
    return stat.S_IMODE(facts.st_mode)
