"""Contracts as files: `.aibrain/contracts/*.yaml`, one per role; reading them is the only I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.domain.errors import GuardrailError
from engine.domain.work import AgentRole
from engine.governance.contract import (
    AutonomyLevel,
    Contract,
    Contracts,
    default_contracts,
    is_known_entry,
)

MAX_BYTES = 262_144
_KEY_OF_MESSAGE = re.compile(r"`\$\.?([\w.]*)|field `(\w+)`")


class _ContractFile(msgspec.Struct, forbid_unknown_fields=True):
    """The shape of a contract file."""

    role: AgentRole
    autonomy: AutonomyLevel = AutonomyLevel.L1
    allow: list[str] = []
    ask: list[str] = []
    deny: list[str] = []
    protected: list[str] = []
    programs: list[str] = []


def load_contracts(folder: Path) -> Contracts:
    """The contracts of all roles; those without a file in `folder` have the built-in one.

    Raises:
        GuardrailError: a file cannot be read, is malformed, has an unknown key or value, or two
            files are for one role. The caller must not start then.
    """
    by_role = dict(default_contracts().by_role)
    seen: dict[AgentRole, Path] = {}
    for path in _contract_paths(folder):
        contract = parse_contract(_read(path), path)
        if contract.role in seen:
            raise GuardrailError(
                f"{path}: role {contract.role.value} has a contract already in "
                f"{seen[contract.role].name}",
                hint="keep one file per role",
            )
        seen[contract.role] = path
        by_role[contract.role] = contract
    return Contracts(by_role=by_role)


def parse_contract(text: bytes, path: Path) -> Contract:
    """One contract from the bytes of its file; `path` is for messages only.

    Raises:
        GuardrailError: see `load_contracts`.
    """
    try:
        raw = msgspec.yaml.decode(text, type=_ContractFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(path, text, str(error)) from error
    for key in ("allow", "ask", "deny"):
        for entry in getattr(raw, key):
            if not is_known_entry(entry):
                raise _malformed(
                    path, text, f"{entry!r} names no command and no rule - at `$.{key}`"
                )
    return Contract(
        role=raw.role,
        autonomy=raw.autonomy,
        allow=tuple(raw.allow),
        ask=tuple(raw.ask),
        deny=tuple(raw.deny),
        protected=tuple(raw.protected),
        programs=tuple(raw.programs),
    )


def default_contract_files() -> Mapping[str, str]:
    """Name and YAML text of a file for every role, to start from."""
    return {f"{role.value}.yaml": _TEMPLATE.format(role=role.value) for role in AgentRole}


def _contract_paths(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GuardrailError(
            f"contracts folder {folder} cannot be listed ({error.strerror})",
            hint="make it a readable folder",
        ) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise GuardrailError(
            f"contract {path} cannot be read ({error.strerror})", hint="make it readable"
        ) from error
    if len(text) > MAX_BYTES:
        raise GuardrailError(f"contract {path} is too long", hint=f"keep below {MAX_BYTES} bytes")
    return text


def _malformed(path: Path, text: bytes, problem: str) -> GuardrailError:
    """An error that names file, line and key where the problem tells them."""
    one_line = " ".join(problem.replace('in "<byte string>", ', "").split())
    line = _line_of(text, one_line)
    where = f"{path}:{line}" if line else str(path)
    return GuardrailError(
        f"contract {where}: {one_line}",
        hint="correct it; known keys are " + ", ".join(_ContractFile.__struct_fields__),
    )


def _line_of(text: bytes, problem: str) -> int | None:
    told = re.search(r"line (\d+)", problem)
    if told:
        return int(told.group(1))
    keys = [key for pair in _KEY_OF_MESSAGE.findall(problem) for key in pair if key]
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), start=1):
        if any(re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*:", line) for key in keys):
            return number
    return None


_TEMPLATE = """\
# What agents of the role {role} may do on their own.
role: {role}

# L0.5: every write waits for the operator. L1: risky actions wait. L2: as L1, and passed work
# may be merged without a human.
autonomy: L1

# Each entry is the beginning of a command, word by word ("npm run build"), or "rule:NAME" for all
# that a rule stops ("rule:network"). The most restrictive entry wins.
allow: []
ask: []
deny:
  - git push

# Globs of paths, relative to the worktree, that are asked about like .git and .aibrain.
protected: []

# Further programs that may run, by name or absolute path.
programs: []
"""
