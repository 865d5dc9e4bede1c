"""What may stand in aio.toml: one struct per table, and what each key expects in words.

A field that is None is not in the file; the value of `engine.domain.settings` stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

NO_LIMIT: Literal["none"] = "none"

_Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")]
_CheckName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}\Z")]
_Inside = Annotated[str, Meta(pattern=r"^(?!/)(?!(.*/)?\.\.(/|\Z))[^\x00-\x1f\x7f\\]{1,1000}\Z")]
"""A path that stays inside the folder it is relative to."""
_Branch = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][^\s~^:?*\[\\\x00-\x1f\x7f]{0,199}\Z")]
_Text = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[^\x00]*\Z")]
_Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]
_Wait = Annotated[float, Meta(ge=0, le=31_536_000)]
_Money = Annotated[float, Meta(ge=0, le=1_000_000_000)]


class ProjectTable(Struct, frozen=True):
    """`[project]`."""

    name: _Name | None = None
    base_branch: _Branch | None = None
    backend: Literal["anthropic", "fixer", "scripted"] | None = None
    parallel: Annotated[int, Meta(ge=1, le=64)] | None = None
    python: _Text | None = None


class CheckTable(Struct, frozen=True):
    """One `[[checks]]`."""

    name: _CheckName
    kind: Literal["pytest", "ruff", "mypy", "eslint", "tsc", "vitest", "command"]
    command: list[_Text] = []
    timeout_s: _Seconds | None = None
    test_timeout_s: _Seconds | None = None
    folder: _Inside | None = None
    format: Literal["exit", "junit", "sarif", "tap"] | None = None
    report: _Inside | None = None


class BudgetsTable(Struct, frozen=True):
    """`[budgets]`."""

    task_cost_usd: _Money | Literal["none"] | None = None
    run_cost_usd: _Money | Literal["none"] | None = None
    task_wall_clock_s: _Seconds | Literal["none"] | None = None
    run_wall_clock_s: _Seconds | Literal["none"] | None = None
    iteration_wall_clock_s: _Seconds | None = None


class RoleBudget(Struct, frozen=True):
    """One value of `[budgets.iterations]`."""

    iterations: Annotated[int, Meta(ge=1, le=1000)]


class ModelTable(Struct, frozen=True):
    """`[model]`."""

    model: _Text | None = None
    max_output_tokens: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    max_steps: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    silence_timeout_s: _Seconds | None = None
    max_retries: Annotated[int, Meta(ge=0, le=100)] | None = None
    retry_cap_s: _Seconds | None = None


class PriceTable(Struct, frozen=True):
    """`[prices."<model>"]`, US dollars per million tokens."""

    input: _Money
    output: _Money
    cache_read: _Money
    cache_write: _Money


class LimitsTable(Struct, frozen=True):
    """`[limits]`."""

    tool_timeout_s: _Seconds | None = None
    lease_s: _Seconds | None = None
    max_interruptions: Annotated[int, Meta(ge=1, le=1000)] | None = None
    stall_after: Annotated[int, Meta(ge=1, le=1000)] | None = None


class MergeTable(Struct, frozen=True):
    """`[merge]`."""

    policy: Literal["level", "approval", "auto", "pull-request"] | None = None
    method: Literal["rebase", "merge"] | None = None
    batch: Annotated[int, Meta(ge=1, le=50)] | None = None
    undo_window_s: Annotated[float, Meta(ge=0, le=30)] | None = None


class HookTable(Struct, frozen=True):
    """One `[[hooks]]`."""

    name: _Name
    point: Literal[
        "before-tool",
        "after-tool",
        "before-iteration",
        "after-iteration",
        "before-verdict",
        "after-verdict",
        "before-merge",
        "after-merge",
    ]
    command: Annotated[list[_Text], Meta(min_length=1)]
    timeout_s: Annotated[float, Meta(gt=0, le=600)] | None = None
    tools: list[Literal["run_command", "read_file", "write_file"]] = []
    roles: list[Literal["BugFix", "CodeQuality", "TestFixer", "FeatureBuilder", "TestWriter"]] = []


class HipaaTable(Struct, frozen=True):
    """`[hipaa]`."""

    enabled: bool | None = None
    key_file: _Text | None = None
    key_command: list[_Text] = []
    patterns: dict[str, _Text] = {}


class SandboxTable(Struct, frozen=True):
    """`[sandbox]`."""

    mode: Literal["auto", "bubblewrap", "off"] | None = None
    memory_mb: Annotated[int, Meta(ge=64, le=16_777_216)] | None = None
    processes: Annotated[int, Meta(ge=16, le=4_194_304)] | None = None
    file_mb: Annotated[int, Meta(ge=1, le=16_777_216)] | None = None


_Policy = Literal["wait", "deny", "park"]
_Severity = Literal["low", "medium", "high", "critical"]
_Window = Annotated[str, Meta(pattern=r"^(|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)\Z")]


class EscalationsTable(Struct, frozen=True):
    """`[escalations]`."""

    no_answer: _Policy | None = None
    after_s: _Seconds | None = None
    run_waits_s: _Wait | None = None
    take_over_waits_s: _Wait | None = None
    low: _Policy | None = None
    medium: _Policy | None = None
    high: _Policy | None = None
    critical: _Policy | None = None


class NotificationsTable(Struct, frozen=True):
    """`[notifications]`."""

    bell: bool | None = None
    terminal: Literal["auto", "osc9", "osc777", "osc99", "off"] | None = None
    desktop: bool | None = None
    command: list[_Text] | None = None
    apprise_env: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}\Z")] | None = None
    apprise_file: _Text | None = None
    after_s: _Seconds | None = None
    every_s: _Seconds | None = None
    again_after_s: _Seconds | None = None
    away_s: _Seconds | None = None
    timeout_s: Annotated[float, Meta(gt=0, le=600)] | None = None
    questions: bool | None = None
    blocked: bool | None = None
    failed: bool | None = None
    budget: bool | None = None
    run_end: bool | None = None
    least: _Severity | None = None
    quiet: _Window | None = None
    quiet_least: _Severity | Literal["none"] | None = None


class CockpitTable(Struct, frozen=True):
    """`[cockpit]`."""

    theme: (
        Literal["auto", "dark", "light", "high-contrast", "colour-blind", "16-colours", "no-colour"]
        | None
    ) = None
    glyphs: Literal["auto", "unicode", "ascii"] | None = None
    motion: Literal["auto", "full", "reduced"] | None = None


class KeysEntry(Struct, frozen=True):
    """One value of `[keys]`."""

    keys: Annotated[list[_Text], Meta(min_length=1, max_length=10)]


class ScriptedTable(Struct, frozen=True):
    """`[scripted]`."""

    script: _Text | None = None


_NAME_RULE = "1 to 80 letters, digits, '.', '_' or '-', starting with a letter or digit"
_CHECK_NAME_RULE = (
    "1 to 200 letters, digits, '.', '_', ':', '/', '@' or '-', starting with a letter or digit"
)
_INSIDE_RULE = "a relative path with '/' that does not lead out with '..'"
_SECONDS_RULE = "a number of seconds above 0 and at most 31536000"
_LIMIT_RULE = f'{_SECONDS_RULE}, or "none"'
_MONEY_RULE = 'US dollars from 0 to 1000000000, or "none"'
_POLICY_RULE = '"wait", "deny" or "park"'
_SEVERITY_RULE = '"low", "medium", "high" or "critical"'
_PRICE_RULE = "US dollars per million tokens, 0 or more"

EXPECTED: Mapping[str, Mapping[str, str]] = {
    "project": {
        "name": _NAME_RULE,
        "base_branch": "the name of a branch",
        "backend": '"anthropic", "fixer" or "scripted"',
        "parallel": "a whole number from 1 to 64",
        "python": "the path of an interpreter",
    },
    "checks": {
        "name": _CHECK_NAME_RULE,
        "kind": '"pytest", "ruff", "mypy", "eslint", "tsc", "vitest" or "command"',
        "command": 'a list of words such as ["npm", "test"]',
        "timeout_s": _SECONDS_RULE,
        "test_timeout_s": _SECONDS_RULE,
        "folder": _INSIDE_RULE,
        "format": '"exit", "junit", "sarif" or "tap"',
        "report": _INSIDE_RULE,
    },
    "budgets": {
        "task_cost_usd": _MONEY_RULE,
        "run_cost_usd": _MONEY_RULE,
        "task_wall_clock_s": _LIMIT_RULE,
        "run_wall_clock_s": _LIMIT_RULE,
        "iteration_wall_clock_s": _SECONDS_RULE,
        "iterations": "a table such as [budgets.iterations] with one number per role",
    },
    "model": {
        "model": "the name of a model",
        "max_output_tokens": "a whole number from 1 to 1000000",
        "max_steps": "a whole number from 1 to 10000",
        "silence_timeout_s": _SECONDS_RULE,
        "max_retries": "a whole number from 0 to 100",
        "retry_cap_s": _SECONDS_RULE,
    },
    "prices": {
        "input": _PRICE_RULE,
        "output": _PRICE_RULE,
        "cache_read": _PRICE_RULE,
        "cache_write": _PRICE_RULE,
    },
    "limits": {
        "tool_timeout_s": _SECONDS_RULE,
        "lease_s": _SECONDS_RULE,
        "max_interruptions": "a whole number from 1 to 1000",
        "stall_after": "a whole number from 1 to 1000",
    },
    "merge": {
        "policy": '"level", "approval", "auto" or "pull-request"',
        "method": '"rebase" or "merge"',
        "batch": "a whole number from 1 to 50",
        "undo_window_s": "a number of seconds from 0 to 30",
    },
    "hooks": {
        "name": _NAME_RULE,
        "point": '"before-" or "after-" with "tool", "iteration", "verdict" or "merge"',
        "command": 'a list of words such as [".aibrain/hooks/no-push"]',
        "timeout_s": "a number of seconds above 0 and at most 600",
        "tools": 'a list of "run_command", "read_file", "write_file"',
        "roles": "a list of roles, such as BugFix",
    },
    "hipaa": {
        "enabled": "true or false",
        "key_file": "the path of a key file outside of the repository",
        "key_command": 'a list of words such as ["pass", "show", "aio-tui"]',
        "patterns": "a table such as [hipaa.patterns] with one regular expression per kind",
    },
    "sandbox": {
        "mode": '"auto", "bubblewrap" or "off"',
        "memory_mb": "a whole number from 64 to 16777216",
        "processes": "a whole number from 16 to 4194304",
        "file_mb": "a whole number from 1 to 16777216",
    },
    "escalations": {
        "no_answer": _POLICY_RULE,
        "after_s": _SECONDS_RULE,
        "run_waits_s": "a number of seconds from 0 to 31536000",
        "take_over_waits_s": "a number of seconds from 0 to 31536000",
        "low": _POLICY_RULE,
        "medium": _POLICY_RULE,
        "high": _POLICY_RULE,
        "critical": _POLICY_RULE,
    },
    "notifications": {
        "bell": "true or false",
        "terminal": '"auto", "osc9", "osc777", "osc99" or "off"',
        "desktop": "true or false",
        "command": 'a list of words such as ["/home/kim/bin/tell-me"]',
        "apprise_env": "the name of an environment variable",
        "apprise_file": "the path of a file that only you can read",
        "after_s": _SECONDS_RULE,
        "every_s": _SECONDS_RULE,
        "again_after_s": _SECONDS_RULE,
        "away_s": _SECONDS_RULE,
        "timeout_s": "a number of seconds above 0 and at most 600",
        "questions": "true or false",
        "blocked": "true or false",
        "failed": "true or false",
        "budget": "true or false",
        "run_end": "true or false",
        "least": _SEVERITY_RULE,
        "quiet": 'two local times such as "22:00-07:00", or "" for none',
        "quiet_least": f'{_SEVERITY_RULE}, or "none"',
    },
    "cockpit": {
        "theme": '"auto", "dark", "light", "high-contrast", "colour-blind", "16-colours" or'
        ' "no-colour"',
        "glyphs": '"auto", "unicode" or "ascii"',
        "motion": '"auto", "full" or "reduced"',
    },
    "keys": {},
    "scripted": {"script": "the path of a script file, relative to the repository"},
}
"""Tables, their keys, and what each key takes: for unknown keys and wrong values alike."""

ROLE_BUDGET_RULE = "a whole number from 1 to 1000"
KEYS_RULE = 'a list of 1 to 10 keys such as ["y", "ctrl+y"]'
