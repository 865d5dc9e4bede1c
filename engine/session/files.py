"""Session files on disk: written whole or not at all, never through a symlink."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from engine.domain.errors import SessionError, StoreError
from engine.domain.ids import parse_task_id
from engine.ports.secrecy import Codec

ARCHIVE = "archive"
MAX_BYTES = 64 * 1024 * 1024
"""A larger file is none of ours and is not read into memory."""

_NUMBERED = re.compile(r"([1-9][0-9]{0,11})\.md")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def session_name(task_id: str, checkpoint: int) -> str:
    """File name of one checkpoint.

    Raises:
        InputError: the task id could leave the folder.
    """
    return f"session-{parse_task_id(task_id)}-{checkpoint}.md"


def checkpoints_in(folder: Path, task_id: str) -> list[int]:
    """Numbers of the task's files in `folder`, ascending; none if the folder is missing.

    Raises:
        SessionError: the folder cannot be listed.
    """
    prefix = f"session-{parse_task_id(task_id)}-"
    rests = (name.removeprefix(prefix) for name in _names(folder) if name.startswith(prefix))
    return sorted(int(match[1]) for match in map(_NUMBERED.fullmatch, rests) if match)


def read(path: Path) -> str | None:
    """The text of a file; None: there is none.

    Raises:
        SessionError: it cannot be read, is no regular file, or is not UTF-8.
    """
    try:
        descriptor = os.open(path, _OLD)
    except FileNotFoundError:
        return None
    except OSError as exc:
        is_link = exc.errno == errno.ELOOP
        raise _unreadable("it is a symbolic link" if is_link else _cause(exc)) from exc
    try:
        with open(descriptor, "rb") as file:  # noqa: PTH123  a descriptor, not a path
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode) or info.st_size > MAX_BYTES:
                raise _unreadable("not a session file at all")
            return file.read().decode()
    except UnicodeDecodeError as exc:
        raise _unreadable(f"byte {exc.start} is not UTF-8") from exc
    except OSError as exc:
        raise _unreadable(_cause(exc)) from exc


def read_opened(path: Path, codec: Codec) -> str | None:
    """As `read`, of a file that `codec` may have sealed.

    Raises:
        SessionError: as `read`, or the seal cannot be opened.
    """
    text = read(path)
    if text is None:
        return None
    try:
        return codec.open(text)
    except StoreError as exc:
        raise _unreadable(exc.message) from exc


def write(folder: Path, name: str, text: str) -> None:
    """Put `text` at `name`, atomically and durably but for the directory entry, 0600.

    One fsync, of the file. The directory is not synced: if a power failure takes the rename back,
    the database's copy of the same text stands in, and without a database transaction after it the
    checkpoint was never acknowledged. A file that stands at `name` goes to the archive folder.

    Raises:
        StoreError: it cannot be written; what stood at `name` still does.
    """
    target = f"{folder}/{name}"
    try:
        temporary = _write_temporary(folder, name, text.encode())
        try:
            if os.path.lexists(target):
                keep_aside(folder / name, folder / ARCHIVE, "unrecorded")
            os.rename(temporary, target)  # noqa: PTH104  plain strings on the fast path
        except OSError:
            _remove(temporary)
            raise
    except OSError as exc:
        raise _unwritable(target, exc) from exc


def move_to_archive(folder: Path, task_id: str) -> tuple[str, ...]:
    """Move the task's session files; the names that were moved. What a crash left is finished.

    Raises:
        StoreError: the archive cannot be written; what is moved stays moved.
    """
    archive = folder / ARCHIVE
    names = tuple(session_name(task_id, number) for number in checkpoints_in(folder, task_id))
    try:
        for name in names:
            archive.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.path.lexists(archive / name):
                keep_aside(archive / name, archive, "superseded")
            (folder / name).rename(archive / name)
    except OSError as exc:
        raise _unwritable(str(archive), exc) from exc
    _remove_leftovers(folder, task_id)
    return names


def keep_aside(path: Path, folder: Path, why: str) -> None:
    """Give the file a second, unused name `{name}.{why}-N` in `folder`, so that none is lost."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = 1
    while True:
        with suppress(FileExistsError):
            os.link(path, folder / f"{path.name}.{why}-{number}", follow_symlinks=False)
            return
        number += 1


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  names are wanted, not paths
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise SessionError(
            f"folder {str(folder)!r} cannot be listed: {exc.strerror}",
            hint="make it a readable folder",
        ) from exc


def _write_temporary(folder: Path, name: str, content: bytes) -> str:
    temporary = f"{folder}/.{name}.{os.urandom(4).hex()}.tmp"
    try:
        descriptor = os.open(temporary, _NEW, 0o600)
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, _NEW, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError:
        _remove(temporary)
        raise
    finally:
        os.close(descriptor)
    return temporary


def _remove_leftovers(folder: Path, task_id: str) -> None:
    """Remove temporary files of writers that were killed."""
    pattern = re.compile(rf"\.session-{re.escape(task_id)}-[0-9]+\.md\.[0-9a-f]{{8}}\.tmp")
    for name in _names(folder):
        if pattern.fullmatch(name):
            _remove(str(folder / name))


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)  # noqa: PTH108  a plain string on the fast path


def _cause(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__


def _unreadable(why: str) -> SessionError:
    return SessionError(
        f"it cannot be read: {why}", hint="an older one or the copy in the database is used"
    )


def _unwritable(path: str, exc: OSError) -> StoreError:
    return StoreError(
        f"session file {path!r} cannot be written: {_cause(exc)}",
        hint="free disk space or give write access to the folder, then run again",
    )
