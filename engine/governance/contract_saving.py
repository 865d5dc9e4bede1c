"""Puts an approved entry into a role's contract, for ever: atomically, and only if it means what it
says.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engine.domain.errors import GuardrailError
from engine.files.replacing import mode_of, replace_file
from engine.governance.contract import Layer
from engine.governance.contract_file import parse_file
from engine.governance.contract_folder import (
    ContractBytes,
    contracts_from,
    digest_of,
    read_folder,
)
from engine.governance.proposals import ContractEdit

_NEW = """\
---
# What the operator approved for ever, added by aio-tui. Yours to edit; take out what you regret.
role: {role}
...
"""
_NOTE_CHARS = 120


def save_edit(folder: Path, edit: ContractEdit, *, by: str, at: datetime) -> tuple[str, str]:
    """Add the entries to the role's file of approved ones; digests of the folder before and after.
    Entries that are there already are not added again.

    Raises:
        GuardrailError: the folder or a file in it cannot be read, trusted or written, or the file
            is laid out so that the entry cannot be added; nothing was changed.
    """
    path = folder / edit.file_name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            files = read_folder(folder)
            old = next((file.content for file in files if file.path == path), None)
            new = edited(
                old or _NEW.format(role=edit.role.value).encode(), edit, path, by=by, at=at
            )
            others = [file for file in files if file.path != path]
            after = sorted(
                [*others, ContractBytes(path=path, content=new)], key=lambda file: file.path
            )
            contracts_from(after)
            if new != old:
                replace_file(path, new, mode=mode_of(path))
            return digest_of(files), digest_of(after)
    except OSError as error:
        raise GuardrailError(
            f"contract {path} cannot be written ({error.strerror})",
            hint="nothing was changed; answer once, or mend that",
        ) from error


def edited(text: bytes, edit: ContractEdit, path: Path, *, by: str, at: datetime) -> bytes:
    """The file's text with the entries added; everything else stays as it is.

    Raises:
        GuardrailError: see `save_edit`.
    """
    before = parse_file(text, path)
    have: tuple[str, ...] = getattr(before.layer, edit.key)
    entries = tuple(entry for entry in edit.entries if entry not in have)
    if not entries:
        return text
    note = f"  # {_printable(by)}, {at:%Y-%m-%d %H:%M} UTC"
    added = [note, *replace(edit, entries=entries).lines]
    new = _inserted(text.decode(), edit.key, added).encode()
    if not _says(new, path, _expected(before.layer, edit.key, entries)):
        raise GuardrailError(
            f"contract {path}: the entry cannot be added to `{edit.key}` as it is laid out",
            hint=f"add it by hand: {entries[0]}",
        )
    return new


def _expected(layer: Layer, key: str, entries: tuple[str, ...]) -> dict[str, frozenset[str]]:
    keys = ("allow", "ask", "deny", "protected", "programs")
    said = {name: frozenset(getattr(layer, name)) for name in keys}
    return said | {key: said[key] | frozenset(entries)}


def _says(text: bytes, path: Path, expected: dict[str, frozenset[str]]) -> bool:
    try:
        layer = parse_file(text, path).layer
    except GuardrailError:
        return False
    return all(frozenset(getattr(layer, key)) == entries for key, entries in expected.items())


def _inserted(text: str, key: str, added: list[str]) -> str:
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if re.fullmatch(rf"{key}:\s*(\[\s*\])?\s*(#.*)?", line):
            lines[at : at + 1] = [f"{key}:", *added]
            break
    else:
        end = lines.index("...") if "..." in lines else len(lines)
        lines[end:end] = [f"{key}:", *added]
    return "\n".join(lines) + "\n"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two that save at once wait for each other."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _printable(text: str) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in text)
    return shown[:_NOTE_CHARS]
