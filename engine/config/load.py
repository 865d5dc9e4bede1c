"""From the tables of aio.toml to `Settings`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct, structs

from engine.config.document import Document, Place, nearest, read_document
from engine.config.prices import BUILT_IN_PRICES, with_dated_name
from engine.config.schema import (
    EXPECTED,
    KEYS_RULE,
    NO_LIMIT,
    ROLE_BUDGET_RULE,
    BudgetsTable,
    CheckTable,
    CockpitTable,
    EscalationsTable,
    HipaaTable,
    HookTable,
    KeysEntry,
    LimitsTable,
    MergeTable,
    ModelTable,
    NotificationsTable,
    PriceTable,
    ProjectTable,
    RoleBudget,
    SandboxTable,
    ScriptedTable,
)
from engine.domain.action import Severity
from engine.domain.errors import ConfigError, InputError
from engine.domain.ids import parse_project
from engine.domain.settings import (
    Budgets,
    CheckSettings,
    CockpitSettings,
    EscalationSettings,
    HipaaSettings,
    HookSettings,
    MergeMethod,
    MergePolicy,
    MergeSettings,
    ModelSettings,
    NoAnswer,
    NotificationSettings,
    SandboxMode,
    SandboxSettings,
    Settings,
)
from engine.domain.usage import Price
from engine.domain.work import AgentRole

CONFIG_NAME = "aio.toml"
_ROLES = {role.value.casefold(): role for role in AgentRole}
_S = TypeVar("_S", Budgets, ModelSettings)


def config_path(repo: Path) -> Path:
    """Where the configuration of a repository stands."""
    return repo / ".aibrain" / CONFIG_NAME


def load_settings(repo: Path, *, project: str | None = None) -> Settings:
    """The configuration in force for `repo`; the defaults where the file or a key is absent.

    `project` goes before the file's `[project] name`, which goes before the folder's name.

    Raises:
        ConfigError: the file is wrong; it names file, line, key, what was seen and what to do.
        InputError: `project` is not an acceptable name.
    """
    root = repo.resolve()
    if not root.is_dir():
        raise ConfigError(f"{str(root)!r} is no folder", hint="name a repository with --repo")
    return settings_of(read_document(config_path(root)), root, project=project)


def settings_of(document: Document, root: Path, *, project: str | None = None) -> Settings:
    """As `load_settings`, from a document that is read already."""
    _refuse_unknown_tables(document)
    table = _section(document, "project", ProjectTable)
    limits = _section(document, "limits", LimitsTable)
    scripted = _section(document, "scripted", ScriptedTable)
    merge = _section(document, "merge", MergeTable)
    model = _overlaid(ModelSettings(), _given(_section(document, "model", ModelTable)))
    settings = Settings(
        repo=root,
        project=_project_name(document, table, root, project),
        checks=_checks(document),
        budgets=_budgets(document),
        model=model,
        merge=_merge(merge),
        hipaa=_hipaa(_section(document, "hipaa", HipaaTable), root),
        sandbox=_sandbox(_section(document, "sandbox", SandboxTable)),
        escalations=_escalations(_section(document, "escalations", EscalationsTable)),
        notifications=_notifications(_section(document, "notifications", NotificationsTable), root),
        cockpit=_cockpit(document),
        prices=with_dated_name(_prices(document), model.model),
        hooks=_hooks(document),
        script=root / scripted.script if scripted.script else None,
    )
    given = _given(table) | _given(limits)
    given.pop("name", None)
    if table.python and "/" in table.python:
        # Not resolved: the interpreter of a virtual environment is a link that must stay one.
        given["python"] = str(root / Path(table.python).expanduser())
    return replace(settings, **given)


def _merge(table: MergeTable) -> MergeSettings:
    default = MergeSettings()
    window_s = table.undo_window_s
    return MergeSettings(
        policy=MergePolicy(table.policy) if table.policy else default.policy,
        method=MergeMethod(table.method) if table.method else default.method,
        batch=table.batch or default.batch,
        undo_window_s=default.undo_window_s if window_s is None else window_s,
    )


def _sandbox(table: SandboxTable) -> SandboxSettings:
    given = _given(table)
    if table.mode:
        given["mode"] = SandboxMode(table.mode)
    return SandboxSettings(**given)


def _escalations(table: EscalationsTable) -> EscalationSettings:
    given = _given(table)
    by_severity = {
        level: NoAnswer(given.pop(level.value)) for level in Severity if level.value in given
    }
    if table.no_answer:
        given["no_answer"] = NoAnswer(table.no_answer)
    return EscalationSettings(**given, by_severity=by_severity)


def _notifications(table: NotificationsTable, root: Path) -> NotificationSettings:
    given = _given(table)
    if table.command:
        given["command"] = tuple(table.command)
    if table.apprise_file:
        given["apprise_file"] = root / Path(table.apprise_file).expanduser()
    if table.least:
        given["least"] = Severity(table.least)
    if table.quiet_least:
        is_none = table.quiet_least == NO_LIMIT
        given["quiet_least"] = None if is_none else Severity(table.quiet_least)
    return NotificationSettings(**given)


def _cockpit(document: Document) -> CockpitSettings:
    looks = _given(_section(document, "cockpit", CockpitTable))
    try:
        chosen = document.table(Place(name="keys")).items()
        keys = {name: _keys(document, name, raw) for name, raw in chosen}
    except ConfigError as error:  # most commands need no keys: those of the cockpit refuse
        return CockpitSettings(**looks, keys_problem=(error.message, error.hint))
    return CockpitSettings(**looks, keys=keys)


def _keys(document: Document, name: str, raw: object) -> tuple[str, ...]:
    place = Place(name="keys")
    try:
        return tuple(document.convert(place, {"keys": raw}, KeysEntry).keys)
    except ConfigError:
        seen = f"{place} {name} is {raw!r}"
        raise document.problem(place, name, seen, f"use {KEYS_RULE}") from None


def _hipaa(table: HipaaTable, root: Path) -> HipaaSettings:
    return HipaaSettings(
        enabled=bool(table.enabled),
        key_file=root / Path(table.key_file).expanduser() if table.key_file else None,
        key_command=tuple(table.key_command),
        patterns=table.patterns,
    )


def safe_project_name(folder: str) -> str:
    """A project name made of a folder's name; `project` when nothing of it can be used."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder)
    name = re.sub(r"\.{2,}", ".", name).lstrip("._-")[:80].rstrip("._-")
    return name.removesuffix(".lock") or "project"


def _refuse_unknown_tables(document: Document) -> None:
    for name in document.tables:
        if name not in EXPECTED:
            homes = [table for table, keys in EXPECTED.items() if name in keys]
            hint = f"put it into [{homes[0]}]" if homes else nearest(name, EXPECTED)
            raise document.problem(Place(name=name), None, f"{name!r} is not known here", hint)


def _section(document: Document, name: str, kind: type[Any]) -> Any:
    place = Place(name=name)
    return document.convert(place, document.table(place), kind)


def _given(table: Struct) -> dict[str, Any]:
    return {key: value for key, value in structs.asdict(table).items() if value is not None}


def _overlaid(defaults: _S, given: dict[str, Any]) -> _S:
    known = {field.name for field in fields(defaults)}
    return replace(defaults, **{key: value for key, value in given.items() if key in known})


def _project_name(document: Document, table: ProjectTable, root: Path, project: str | None) -> str:
    if project is not None:
        return parse_project(project)
    if table.name is None:
        return safe_project_name(root.name)
    try:
        return parse_project(table.name)
    except InputError as error:
        raise document.problem(Place(name="project"), "name", error.message, error.hint) from None


def _checks(document: Document) -> tuple[CheckSettings, ...]:
    raw = _list(document, "checks")
    checks = tuple(_check(document, index, table) for index, table in enumerate(raw))
    _refuse_twins(document, "checks", [check.name for check in checks])
    return checks


def _hooks(document: Document) -> tuple[HookSettings, ...]:
    raw = _list(document, "hooks")
    hooks = tuple(_hook(document, index, table) for index, table in enumerate(raw))
    _refuse_twins(document, "hooks", [hook.name for hook in hooks])
    return hooks


def _hook(document: Document, index: int, raw: object) -> HookSettings:
    place = Place(name="hooks", part=index)
    given = _given(document.convert(place, document.as_table(place, raw), HookTable))
    lists = {key: tuple(given[key]) for key in ("command", "tools", "roles")}
    return HookSettings(**{**given, **lists})


def _list(document: Document, name: str) -> list[object]:
    raw = document.tables.get(name, [])
    if not isinstance(raw, list):
        place = Place(name=name)
        raise document.problem(place, None, f"{name} is {raw!r}", f"write each as [[{name}]]")
    return raw


def _refuse_twins(document: Document, table: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            place = Place(name=table, part=index)
            raise document.problem(
                place, "name", f"{place} is the second with name {name!r}", "choose another name"
            )


def _check(document: Document, index: int, raw: object) -> CheckSettings:
    place = Place(name="checks", part=index)
    table = document.convert(place, document.as_table(place, raw), CheckTable)
    if table.kind == "command" and not table.command:
        raise document.problem(
            place,
            None,
            f"{place} has kind 'command' and no command",
            f"add command = {EXPECTED['checks']['command']}",
        )
    if table.kind != "command" and (table.format or table.report):
        key = "format" if table.format else "report"
        raise document.problem(
            place,
            key,
            f"{place} has a {key}, but kind {table.kind!r} knows its own",
            f"remove {key}, or use kind 'command'",
        )
    given = _given(table)
    return CheckSettings(**{**given, "command": tuple(table.command)})


def _budgets(document: Document) -> Budgets:
    place = Place(name="budgets")
    raw = dict(document.table(place))
    by_role = raw.pop("iterations", {})
    given = _given(_refusing_with_all_keys(document, place, raw))
    amounts: dict[str, Any] = {
        key: None if value == NO_LIMIT else _amount_type(key)(value) for key, value in given.items()
    }
    budgets = replace(Budgets(), **amounts)
    return replace(
        budgets,
        iterations_by_role={**budgets.iterations_by_role, **_role_budgets(document, by_role)},
    )


def _refusing_with_all_keys(document: Document, place: Place, raw: dict[str, Any]) -> BudgetsTable:
    document.refuse_unknown(place, raw, EXPECTED["budgets"])
    return document.convert(place, raw, BudgetsTable)


def _amount_type(key: str) -> Callable[[float], object]:
    return dollars if key.endswith("_usd") else float


def dollars(amount: float) -> Decimal:
    """The amount exactly as it was written, without the noise of binary fractions."""
    return Decimal(int(amount)) if amount.is_integer() else Decimal(repr(amount))


def _role_budgets(document: Document, raw: object) -> dict[AgentRole, int]:
    place = Place(name="budgets", part="iterations")
    found: dict[AgentRole, int] = {}
    for name, value in document.as_table(place, raw).items():
        role = _ROLES.get(name.casefold())
        if role is None:
            hint = nearest(name, [known.value for known in AgentRole])
            raise document.problem(place, name, f"{place} has no role {name!r}", hint)
        found[role] = _role_budget(document, place, name, value)
    return found


def _role_budget(document: Document, place: Place, name: str, value: object) -> int:
    try:
        return document.convert(place, {"iterations": value}, RoleBudget).iterations
    except ConfigError:
        seen = f"{place} {name} is {value!r}"
        raise document.problem(place, name, seen, f"use {ROLE_BUDGET_RULE}") from None


def _prices(document: Document) -> dict[str, Price]:
    prices = dict(BUILT_IN_PRICES)
    for model, raw in document.table(Place(name="prices")).items():
        place = Place(name="prices", part=model)
        table = document.convert(place, document.as_table(place, raw), PriceTable)
        prices[model] = Price(
            input_usd=dollars(table.input),
            output_usd=dollars(table.output),
            cache_read_usd=dollars(table.cache_read),
            cache_write_usd=dollars(table.cache_write),
        )
    return prices
