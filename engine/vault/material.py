"""The operator's key: where it comes from, and what is refused."""

from __future__ import annotations

import base64
import binascii
import os
import stat
import subprocess
from pathlib import Path

from engine.domain.errors import ConfigError
from engine.domain.settings import HipaaSettings
from engine.vault.cipher import KEY_BYTES

_COMMAND_WITHIN_S = 30.0
_LONGEST = 4096
_HOW = "make one with 'aio-tui state new-key FILE' outside of the repository"


def operator_key(settings: HipaaSettings, repo: Path) -> bytes:
    """The key that the configuration names.

    Raises:
        ConfigError: there is none, others can read it, it lies in the repository, or it is no key.
    """
    if settings.key_file is not None:
        return key_in(settings.key_file, repo)
    if settings.key_command:
        return _decoded(
            _told_by(settings.key_command, repo), f"command {settings.key_command[0]!r}"
        )
    raise ConfigError("[hipaa] is enabled and names no key", hint=f"set key_file; {_HOW}")


def key_in(path: Path, repo: Path) -> bytes:
    """The key in a file.

    Raises:
        ConfigError: see `operator_key`.
    """
    where = f"key file {str(path)!r}"
    if path.resolve().is_relative_to(repo.resolve()):
        raise ConfigError(
            f"{where} lies in the repository that it is to protect", hint="move it elsewhere"
        )
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode):
                raise ConfigError(f"{where} is no regular file", hint=_HOW)
            if info.st_mode & 0o077:
                raise ConfigError(
                    f"{where} can be read by others (mode {stat.S_IMODE(info.st_mode):04o})",
                    hint=f"run chmod 600 {path}",
                )
            return _decoded(file.read(_LONGEST), where)
    except OSError as exc:
        raise ConfigError(f"{where} cannot be read: {exc.strerror}", hint=_HOW) from exc


def write_new_key(path: Path, repo: Path) -> None:
    """A fresh random key in a new file that only its owner can read.

    Raises:
        ConfigError: the file is there already, lies in the repository, or cannot be written.
    """
    if path.resolve().is_relative_to(repo.resolve()):
        raise ConfigError(
            f"key file {str(path)!r} would lie in the repository that it is to protect",
            hint="choose a place elsewhere",
        )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise ConfigError(
            f"key file {str(path)!r} cannot be made: {exc.strerror}",
            hint="nothing was written; choose a new name in a folder of yours",
        ) from exc
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(descriptor)


def _told_by(command: tuple[str, ...], repo: Path) -> bytes:
    name = f"key command {command[0]!r}"
    try:
        ended = subprocess.run(
            command, cwd=repo, capture_output=True, timeout=_COMMAND_WITHIN_S, check=False
        )
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{name} cannot be run: {exc}", hint="mend [hipaa] key_command") from exc
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"{name} gave no key within {_COMMAND_WITHIN_S:.0f} s", hint="mend [hipaa] key_command"
        ) from None
    if ended.returncode != 0:
        raise ConfigError(
            f"{name} ended with exit code {ended.returncode}", hint="run it by hand and mend it"
        )
    return ended.stdout


def _decoded(content: bytes, where: str) -> bytes:
    text = content.strip()
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(
            f"{where} holds no key: {KEY_BYTES} bytes in base64 are needed", hint=_HOW
        )
    return key
