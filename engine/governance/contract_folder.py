"""The folder of contracts: all files read, their extensions resolved, and read again on change."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from engine.domain.errors import GuardrailError
from engine.domain.values import dataclass
from engine.domain.work import AgentRole
from engine.governance.contract import APPROVED, Contracts, Layer
from engine.governance.contract_builtin import built_in_bases, built_in_role
from engine.governance.contract_file import ContractFile, parse_file

MAX_BYTES = 262_144
MAX_FILES = 200
_ENDINGS = (".yaml", ".yml")
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractBytes:
    """A file as it was read."""

    path: Path
    content: bytes


def load_contracts(folder: Path) -> Contracts:
    """The contracts of all roles; those without a file in `folder` have the built-in one.

    Raises:
        GuardrailError: a file cannot be read or trusted, is malformed, or does not fit the others.
            Nothing may be allowed by any of them then.
    """
    return contracts_from(read_folder(folder))


def contracts_from(files: Sequence[ContractBytes]) -> Contracts:
    """The contracts that these files make.

    Raises:
        GuardrailError: see `load_contracts`.
    """
    parsed = [parse_file(file.content, file.path) for file in files]
    _refuse_doubles(parsed)
    layers = [_extended(one, parsed) for one in parsed]
    own = {layer.role for layer in layers if _is_own(layer)}
    built_in = tuple(built_in_role(role) for role in AgentRole if role not in own)
    return Contracts(layers=(*built_in, *layers), digest=digest_of(files))


def digest_of(files: Sequence[ContractBytes]) -> str:
    """SHA-256 over names and contents; empty: there are no files."""
    if not files:
        return ""
    whole = hashlib.sha256()
    for file in files:
        whole.update(hashlib.sha256(file.path.name.encode()).digest())
        whole.update(hashlib.sha256(file.content).digest())
    return whole.hexdigest()


def read_folder(folder: Path) -> list[ContractBytes]:
    """The bytes of every contract file, by name; none if there is no folder.

    Raises:
        GuardrailError: one cannot be read, or others may write it.
    """
    return [ContractBytes(path=path, content=read_file(path)) for path in contract_paths(folder)]


def signature_of(folder: Path) -> tuple[object, ...]:
    """Changes with every change in the folder; costs one look at each file, reads none."""
    try:
        with os.scandir(folder) as entries:
            found = [
                (entry.name, _look(folder / entry.name))
                for entry in entries
                if _is_named(entry.name)
            ]
        return (_look(folder), *sorted(found))
    except OSError as error:
        return (error.errno,)


def read_file(path: Path) -> bytes:
    """The bytes of one contract file.

    Raises:
        GuardrailError: it cannot be read, is too long, others may write it, or it was changed
            while it was read, again and again.
    """
    for _ in range(_TRIES):
        try:
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                _refuse_foreign(path, before)
                content = file.read(MAX_BYTES + 1)
                after = os.fstat(file.fileno())
        except OSError as error:
            raise GuardrailError(
                f"contract {path} cannot be read ({error.strerror})", hint="make it readable"
            ) from error
        if len(content) > MAX_BYTES:
            raise GuardrailError(
                f"contract {path} is too long", hint=f"keep it below {MAX_BYTES} bytes"
            )
        if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, len(content)):
            return content
    raise GuardrailError(
        f"contract {path} changes while it is read", hint="wait until it is written"
    )


def contract_paths(folder: Path) -> list[Path]:
    """The contract files, by name; none if there is no folder.

    Raises:
        GuardrailError: the folder cannot be listed, or everybody may write it.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if _is_named(path.name))
        if paths:
            _refuse_open_folder(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GuardrailError(
            f"contracts folder {folder} cannot be listed ({error.strerror})",
            hint="make it a readable folder",
        ) from error
    if len(paths) > MAX_FILES:
        raise GuardrailError(
            f"contracts folder {folder} holds {len(paths)} files", hint=f"keep at most {MAX_FILES}"
        )
    return paths


def _is_named(name: str) -> bool:
    return name.endswith(_ENDINGS) and not name.startswith(".")


def _look(path: Path) -> tuple[int, ...]:
    try:
        seen = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino, seen.st_mode


def _refuse_open_folder(folder: Path) -> None:
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise GuardrailError(
            f"contracts folder {folder} can be written by everybody",
            hint=f"run 'chmod o-w {folder}' after you have looked at what is in it",
        )


def _refuse_foreign(path: Path, seen: os.stat_result) -> None:
    if not stat.S_ISREG(seen.st_mode):
        raise GuardrailError(f"contract {path} cannot be read (it is no file)", hint="remove it")
    if seen.st_mode & stat.S_IWOTH:
        raise GuardrailError(
            f"contract {path} can be written by everybody",
            hint=f"run 'chmod o-w {path}' after you have looked at what it says",
        )


def _is_own(layer: Layer) -> bool:
    """Whether it takes the place of a role's built-in contract."""
    is_general = layer.project is None and not layer.is_base
    return is_general and not layer.source.endswith(APPROVED)


def _refuse_doubles(parsed: Sequence[ContractFile]) -> None:
    seen: dict[tuple[object, ...], Path] = {}
    names: dict[str, Path] = {}
    for one in parsed:
        layer, path, problem = one.layer, one.path, one.document.problem
        if names.setdefault(path.stem, path) is not path:
            raise problem(f"{names[path.stem].name} has the same name", hint="rename one of them")
        if path.stem in built_in_bases():
            raise problem(
                f"{path.stem} is the name of a built-in contract",
                hint="rename the file; to add to the built-in one, extend it",
            )
        key = (layer.role, layer.project, path.name.endswith(APPROVED))
        if not layer.is_base and seen.setdefault(key, path) is not path:
            raise problem(
                f"{_whose(layer)} has a contract already in {seen[key].name}",
                place=("role" if layer.role else "project",),
                hint="keep one file for each role and project",
            )


def _whose(layer: Layer) -> str:
    role = f"role {layer.role.value}" if layer.role else "every role"
    return f"{role} in project {layer.project}" if layer.project else role


def _extended(one: ContractFile, parsed: Sequence[ContractFile]) -> Layer:
    found: dict[str, Layer] = {}
    _find_bases(one, {other.path.stem: other for other in parsed}, (one.path.stem,), found)
    return replace(one.layer, extends=tuple(found.values()))


def _find_bases(
    one: ContractFile,
    by_name: Mapping[str, ContractFile],
    way: tuple[str, ...],
    found: dict[str, Layer],
) -> None:
    """Put all that `one` extends into `found`; `way` leads to it."""
    for number, name in enumerate(one.extends):
        place = ("extends", number) if len(one.extends) > 1 else ("extends",)
        if name in way:
            circle = " -> ".join((*way[way.index(name) :], name))
            raise one.document.problem(
                f"extends: it extends itself ({circle})", place=place, hint="take one of them out"
            )
        if name in by_name:
            if name not in found:
                _find_bases(by_name[name], by_name, (*way, name), found)
                found[name] = by_name[name].layer
        elif name in built_in_bases():
            found[name] = built_in_bases()[name]
        else:
            known = ", ".join((*built_in_bases(), *by_name))
            raise one.document.problem(
                f"extends: there is no contract {name!r}", place=place, hint=f"use one of {known}"
            )
