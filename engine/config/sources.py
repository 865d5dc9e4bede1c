"""Which value is in force, and where it comes from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from engine.config.document import Document, Place, read_document
from engine.config.load import config_path, settings_of
from engine.domain.action import Severity
from engine.domain.settings import CheckSettings, HookSettings, NotificationSettings, Settings
from engine.domain.usage import Price
from engine.domain.work import AgentRole

DEFAULT, ENVIRONMENT = "default", "environment"
_KEYS_OF_ENVIRONMENT = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
_SERVER = "ANTHROPIC_BASE_URL"


class SettingSource(NamedTuple):
    """One line of `config show`."""

    key: str
    """Dotted, such as `budgets.task_cost_usd`."""
    value: str
    source: str
    """`default`, `environment`, or the file that sets it with the line, as `file:line`."""


_BUDGETS = (
    "task_cost_usd",
    "run_cost_usd",
    "task_wall_clock_s",
    "run_wall_clock_s",
    "iteration_wall_clock_s",
)
_MODEL = (
    "model",
    "max_output_tokens",
    "max_steps",
    "silence_timeout_s",
    "max_retries",
    "retry_cap_s",
)
_NOTIFICATIONS = tuple(field.name for field in fields(NotificationSettings))


def _policy(level: Severity, settings: Settings) -> str:
    return settings.escalations.policy_for(level).value


def _notification(name: str, settings: Settings) -> str:
    """Of Apprise's URLs only where they are looked for."""
    value = getattr(settings.notifications, name)
    if isinstance(value, bool):
        return _text(value)
    return " ".join(value) or "none" if isinstance(value, tuple) else str(value or "none")


_PLAIN: Mapping[str, Callable[[Settings], object]] = {
    "project.name": lambda settings: settings.project,
    "project.base_branch": lambda settings: settings.base_branch or "(what is checked out)",
    "project.backend": lambda settings: settings.backend,
    "project.parallel": lambda settings: settings.parallel,
    "project.python": lambda settings: settings.python or "(detected)",
    "limits.tool_timeout_s": lambda settings: settings.tool_timeout_s,
    "limits.lease_s": lambda settings: settings.lease_s,
    "limits.max_interruptions": lambda settings: settings.max_interruptions,
    "limits.stall_after": lambda settings: settings.stall_after,
    "merge.policy": lambda settings: settings.merge.policy.value,
    "merge.method": lambda settings: settings.merge.method.value,
    "merge.batch": lambda settings: settings.merge.batch,
    "merge.undo_window_s": lambda settings: settings.merge.undo_window_s,
    "hipaa.enabled": lambda settings: settings.hipaa.enabled,
    "hipaa.key_file": lambda settings: settings.hipaa.key_file or "none",
    "hipaa.key_command": lambda settings: " ".join(settings.hipaa.key_command) or "none",
    "hipaa.patterns": lambda settings: ", ".join(settings.hipaa.patterns) or "none",
    "sandbox.mode": lambda settings: settings.sandbox.mode.value,
    "sandbox.memory_mb": lambda settings: settings.sandbox.memory_mb,
    "sandbox.processes": lambda settings: settings.sandbox.processes,
    "sandbox.file_mb": lambda settings: settings.sandbox.file_mb,
    "escalations.no_answer": lambda settings: settings.escalations.no_answer.value,
    "escalations.after_s": lambda settings: settings.escalations.after_s,
    "escalations.run_waits_s": lambda settings: settings.escalations.run_waits_s,
    "escalations.take_over_waits_s": lambda settings: settings.escalations.take_over_waits_s,
    **{f"escalations.{level}": partial(_policy, level) for level in Severity},
    **{f"notifications.{name}": partial(_notification, name) for name in _NOTIFICATIONS},
    "cockpit.theme": lambda settings: settings.cockpit.theme,
    "cockpit.glyphs": lambda settings: settings.cockpit.glyphs,
    "cockpit.motion": lambda settings: settings.cockpit.motion,
    "scripted.script": lambda settings: settings.script or "none",
}


def settings_sources(repo: Path) -> list[SettingSource]:
    """Every setting in force for `repo`, in the order of the file's documentation.

    Raises:
        ConfigError: the file is wrong.
    """
    root = repo.resolve()
    document = read_document(config_path(root))
    settings = settings_of(document, root)
    rows = [
        *_plain_rows(settings, "project."),
        *_check_rows(settings),
        *((f"hooks.{hook.name}", hook) for hook in settings.hooks),
        *(("budgets." + key, getattr(settings.budgets, key)) for key in _BUDGETS),
        *_role_rows(settings),
        *(("model." + key, getattr(settings.model, key)) for key in _MODEL),
        *_plain_rows(settings, "limits."),
        *_plain_rows(settings, "merge."),
        *_plain_rows(settings, "hipaa."),
        *_plain_rows(settings, "sandbox."),
        *_plain_rows(settings, "escalations."),
        *_plain_rows(settings, "notifications."),
        *_plain_rows(settings, "cockpit."),
        *((f"keys.{name}", " ".join(keys)) for name, keys in settings.cockpit.keys.items()),
        *_plain_rows(settings, "scripted."),
        *((f"prices.{model}", price) for model, price in sorted(settings.prices.items())),
    ]
    found = [SettingSource(key, _shown(key, value), _source(document, key)) for key, value in rows]
    return [*found, *_environment_rows()]


def _plain_rows(settings: Settings, prefix: str) -> list[tuple[str, object]]:
    return [(key, read(settings)) for key, read in _PLAIN.items() if key.startswith(prefix)]


def _check_rows(settings: Settings) -> list[tuple[str, object]]:
    if not settings.checks:
        return [("checks", "(detected)")]
    return [(f"checks.{check.name}", check) for check in settings.checks]


def _role_rows(settings: Settings) -> list[tuple[str, object]]:
    by_role = settings.budgets.iterations_by_role
    return [(f"budgets.iterations.{role}", by_role[role]) for role in AgentRole]


_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60))


def _shown(key: str, value: object) -> str:
    """As it may be written in the file; a long time also in the words of people."""
    if not (key.endswith("_s") and isinstance(value, int | float)):
        return _text(value)
    written = str(int(value)) if value == int(value) else str(value)
    unit, size = next(((unit, size) for unit, size in _UNITS if value >= size), ("", 1))
    if not unit:
        return f"{written} (seconds)"
    count = f"{value / size:.1f}".removesuffix(".0")
    return f"{written} ({count} {unit if count == '1' else f'{unit}s'})"


def _text(value: object) -> str:
    match value:
        case None:
            return "none"
        case CheckSettings():
            command = " ".join((value.kind, *value.command))
            where = f" in {value.folder}" if value.folder else ""
            return f"{command}{where} (at most {value.timeout_s:g} s)"
        case HookSettings():
            return f"{value.point}: {' '.join(value.command)} (at most {value.timeout_s:g} s)"
        case Price():
            return (
                f"input {value.input_usd}, output {value.output_usd}, cache read"
                f" {value.cache_read_usd}, cache write {value.cache_write_usd} USD per million"
            )
        case _:
            return str(value)


def _source(document: Document, key: str) -> str:
    table, _, rest = key.partition(".")
    found: Any = document.tables.get(table)
    if table == "prices" or not isinstance(found, dict):
        is_given = found is not None and (table != "prices" or rest in found)
    else:
        is_given = _has_path(found, rest)
    return _place(document, table, rest) if is_given else DEFAULT


def _place(document: Document, table: str, rest: str) -> str:
    """The file and, where it is found, the line."""
    found = document.tables[table]
    name: str | None
    if isinstance(found, list):
        place, name = Place(name=table, part=_number_of(found, rest)), None
    elif table == "prices":
        place, name = Place(name=table, part=rest), None
    else:
        *tables, name = rest.split(".")
        place = Place(name=table, part=tables[0] if tables else None)
        name = _as_written(found.get(tables[0], {}) if tables else found, name)
    line = document.line_of(place, name)
    return f".aibrain/{document.path.name}{f':{line}' if line else ''}"


def _number_of(entries: list[Any], name: str) -> int | None:
    named = (at for at, entry in enumerate(entries) if entry.get("name") == name)
    return next(named, None)


def _as_written(table: Mapping[str, Any], name: str) -> str:
    return next((each for each in table if each.casefold() == name.casefold()), name)


def _environment_rows() -> list[SettingSource]:
    """What comes from the environment; of keys only whether they are there."""
    rows = []
    for name in _KEYS_OF_ENVIRONMENT:
        told = "set" if os.environ.get(name) else "not set"
        rows.append(SettingSource(f"environment.{name}", told, ENVIRONMENT))
    server = urlsplit(os.environ.get(_SERVER, ""))
    told = server._replace(netloc=server.netloc.rpartition("@")[2], query="").geturl()
    rows.append(SettingSource(f"environment.{_SERVER}", told or "not set", ENVIRONMENT))
    return rows


def _has_path(table: Mapping[str, Any], dotted: str) -> bool:
    first, _, rest = dotted.partition(".")
    names = {name.casefold(): name for name in table}
    name = names.get(first.casefold())
    if name is None or not rest:
        return name is not None
    return isinstance(table[name], dict) and _has_path(table[name], rest)
