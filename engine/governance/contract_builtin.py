"""The contracts that hold without files, and the files that `init` writes: the same words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.domain.work import AgentRole
from engine.governance.contract import AutonomyLevel, Contracts, Layer, Limits
from engine.governance.contract_file import parse_file

HIPAA = "hipaa"
_LEVEL_TEXT = "base: true\nautonomy: {level}\n"
_HIPAA_TEXT = """\
# For projects under HIPAA: nothing leaves the machine by itself, and every change stays small
# enough to be read by a human before it is merged.
base: true
autonomy: L1
ask:
  - rule:unknown-program
  - rule:package-install
deny:
  - host:*
  - git:push
  - rule:git-push
  - rule:publish
  - rule:read-secret
  - rule:persistence
  - rule:privilege
limits:
  cost_usd: 5
  minutes: 240
  changed_lines: 400
  changed_files: 20
"""
_ROLE_TEXT = """\
---
# What agents of the role {role} may do on their own. All keys: docs/contracts.md of aio-tui;
# 'aio-tui contracts check' reads this file, 'aio-tui contracts explain {role} "COMMAND"' tries it.
role: {role}

# L0.5: every write waits for the operator. L1: risky actions wait. L2: as L1, and passed work
# may be merged without a human.
autonomy: L1

# Each entry is the beginning of a command, word by word ("npm run build"), or has a type:
# "rule:network", "kind:write_file", "path:db/**", "host:a.example", "package:left-pad", "git:push".
# "held:inline-code" is what that rule finds in a command that a sandbox holds.
# The most restrictive entry that fits wins.
allow:
{allow}
ask: []
deny:
{deny}

# Globs of paths, relative to the worktree, whose change is asked about like .git and .aibrain.
protected: []

# Further programs that may run, by name or absolute path.
programs: []

# What one task may use and change at most, beside the budgets in aio.toml. A change that is larger
# does not pass by itself: you decide.
limits:
  changed_lines: {lines}
  changed_files: {files}
...
"""
_ALLOW = (
    "held:not-understood",
    "held:unknown-program",
    "held:inline-code",
    "held:run-outside",
    "held:read-outside",
    "held:process-control",
)
_DENY = ("git:push",)
_SIZES: Mapping[AgentRole, tuple[int, int]] = {
    AgentRole.BUG_FIX: (1000, 40),
    AgentRole.TEST_FIXER: (1000, 40),
    AgentRole.CODE_QUALITY: (3000, 200),
    AgentRole.TEST_WRITER: (3000, 60),
    AgentRole.FEATURE_BUILDER: (5000, 150),
}
"""Lines and files of a change."""


def default_contract_files() -> Mapping[str, str]:
    """Name and YAML text of a file for every role, to start from."""
    return {f"{role.value}.yaml": _role_text(role) for role in AgentRole}


@cache
def built_in_bases() -> Mapping[str, Layer]:
    """What a file may extend by name: the levels, and the contract for projects under HIPAA."""
    levels = {level.value: _LEVEL_TEXT.format(level=level.value) for level in AutonomyLevel}
    texts = levels | {HIPAA: _HIPAA_TEXT}
    return {name: _parsed(text, f"built-in {name}") for name, text in texts.items()}


@cache
def built_in_role(role: AgentRole) -> Layer:
    """What holds for a role without a file: what its file says, which no start has to parse."""
    lines, files = _SIZES[role]
    return Layer(
        source=f"built-in {role.value}",
        role=role,
        autonomy=AutonomyLevel.L1,
        allow=_ALLOW,
        deny=_DENY,
        limits=Limits(changed_lines=lines, changed_files=files),
    )


def default_contracts() -> Contracts:
    """What holds without any file."""
    return Contracts(layers=tuple(built_in_role(role) for role in AgentRole))


def hipaa_text() -> str:
    """The built-in contract for projects under HIPAA, as YAML."""
    return _HIPAA_TEXT


def _role_text(role: AgentRole) -> str:
    lines, files = _SIZES[role]
    allow, deny = ("\n".join(f"  - {entry}" for entry in entries) for entries in (_ALLOW, _DENY))
    return _ROLE_TEXT.format(role=role.value, lines=lines, files=files, allow=allow, deny=deny)


def _parsed(text: str, name: str) -> Layer:
    return parse_file(text.encode(), Path(name)).layer
