"""What an operator does before the first run: write the configuration, see what is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app.engine import open_engine
from engine.app.parts import Parts, build_parts
from engine.app.system import SystemClock
from engine.checks.description import CheckDescription, describe_checks
from engine.checks.environment import find_python
from engine.config import load_settings, missing_price, write_missing
from engine.domain.errors import EngineError, WorkspaceError
from engine.domain.settings import KEY_VARIABLES, SandboxMode, Settings
from engine.domain.values import dataclass
from engine.governance.contract_builtin import default_contract_files
from engine.governance.contract_folder import load_contracts
from engine.hooks.condition import condition_of
from engine.ports.store import TaskQuery
from engine.store.memory import MemoryStore
from engine.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from engine.app.proving import Property

_ASKING_S = 30.0
_PYTEST_HINT = "install pytest there, or name another interpreter: [project] python in aio.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a run needs, and how it is."""

    what: str
    state: str
    is_problem: bool = False
    hint: str = ""


async def initialise(repo: Path, *, project: str | None) -> tuple[Path, ...]:
    """Write what is missing of configuration and contracts; the files that were written.

    Raises:
        WorkspaceError: there is no repository to work on; nothing was written.
        ConfigError: a configuration is there and wrong; nothing was written.
    """
    settings = load_settings(repo, project=project)
    async with _without_trace(settings):
        await _inspect(settings)
    written = await asyncio.to_thread(write_missing, settings.repo)
    contracts = settings.brain / "contracts"
    return (*written, *await asyncio.to_thread(_write_contracts, contracts))


def _write_contracts(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in default_contract_files().items():
        path = folder / name
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


async def needs_demo(repo: Path, *, project: str | None) -> bool:
    """Whether there is no model key and nothing in the queue, so that only a demo can be shown."""
    if any(os.environ.get(name) for name in KEY_VARIABLES):
        return False
    settings = load_settings(repo, project=project)
    if not (settings.state / "work.db").exists():
        return True
    async with open_engine(settings) as engine:
        return not await engine.tasks(TaskQuery(project=settings.project, limit=1))


async def examine(repo: Path, *, project: str | None) -> list[Finding]:
    """Everything a run needs, in the order in which it needs it. Changes nothing it examines."""
    try:
        settings = load_settings(repo, project=project)
    except EngineError as error:
        return [_problem("configuration", error)]
    findings = [Finding(what="configuration", state=f"project {settings.project}")]
    steps: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (
        _repository,
        _contracts,
        _database,
        _checks,
        _hooks,
        _sandbox,
        _backend,
    )
    async with _without_trace(settings):
        for step in steps:
            try:
                findings += await step(settings)
            except EngineError as error:
                findings.append(_problem(step.__name__.removeprefix("_"), error))
    return findings


def _problem(what: str, error: EngineError) -> Finding:
    return Finding(what=what, state=error.message, is_problem=True, hint=error.hint)


async def _inspect(settings: Settings) -> str:
    async with _parts(settings) as parts:
        facts = await parts.workspace.inspect()
    notes = [f"{facts.base_branch} at {facts.base_commit[:12]}"]
    if facts.is_dirty:
        notes.append("your uncommitted changes stay yours and are not part of any task")
    if facts.has_submodules:
        notes.append("submodules stay empty in worktrees")
    return "; ".join(notes)


async def _repository(settings: Settings) -> list[Finding]:
    if shutil.which("git") is None:
        raise WorkspaceError("git is not installed", hint="install it")
    return [Finding(what="repository", state=await _inspect(settings))]


async def _sandbox(settings: Settings) -> list[Finding]:
    """Each property by trying it; no problem where the operator switched it off."""
    from engine.app.proving import prove  # late: only here anything is planted

    async with _parts(settings) as parts:
        found = await parts.confinement.containment()
        if found.is_sandboxed:
            state = f"{found.holder}: tried, it works"
            proved = await prove(settings, parts.confinement)
            return [Finding(what="sandbox", state=state), *map(_kept, proved)]
    is_off = settings.sandbox.mode is SandboxMode.OFF
    hint = "" if is_off else "install bubblewrap"
    return [Finding(what="sandbox", state=found.warning, is_problem=not is_off, hint=hint)]


@asynccontextmanager
async def _without_trace(settings: Settings) -> AsyncIterator[None]:
    """Folders that trials make below `.aibrain` are gone afterwards, where nothing is in them."""
    state = settings.state
    below = (settings.brain, state, state / "worktrees", state / "home")
    made = [folder for folder in below if not folder.exists()]
    try:
        yield
    finally:
        for folder in made:
            await asyncio.to_thread(_remove_empty, folder)


def _remove_empty(folder: Path) -> None:
    for path, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            Path(path).rmdir()


def _kept(one: Property) -> Finding:
    held = f"held; tried {', '.join(one.tried)}"
    broken = f"NOT held: {', '.join(one.reached)}"
    return Finding(
        what=f"sandbox: {one.name}",
        state=broken if one.reached else held,
        is_problem=bool(one.reached),
        hint="report it, and do not rely on the sandbox here" if one.reached else "",
    )


async def _contracts(settings: Settings) -> list[Finding]:
    load_contracts(settings.brain / "contracts")
    folder = settings.brain / "contracts"
    count = len(list(folder.glob("*.yaml"))) if folder.is_dir() else 0
    return [Finding(what="contracts", state=f"{count} files" if count else "built-in ones")]


async def _database(settings: Settings) -> list[Finding]:
    path = settings.state / "work.db"
    if not path.exists():
        return [Finding(what="database", state="none yet; made at the first use")]
    store = await SqliteStore.open(path, clock=SystemClock(), read_only=True)
    try:
        info = await store.info()
    finally:
        await store.close()
    state = (
        f"schema {info.schema_version}, {info.journal_mode}, {info.size_bytes // 1024} KiB, "
        f"integrity {info.integrity}"
    )
    is_damaged = info.integrity != "ok"
    hint = "restore a backup from .aibrain/state" if is_damaged else ""
    return [Finding(what="database", state=state, is_problem=is_damaged, hint=hint)]


async def _checks(settings: Settings) -> list[Finding]:
    checks = await asyncio.to_thread(lambda: list(describe_checks(settings, settings.repo)))
    origin = "from aio.toml" if settings.checks else "detected"
    python = find_python(settings, settings.repo)
    summary = Finding(
        what="checks",
        state=f"{len(checks)} {origin} (Python: {python})"
        if checks
        else "none found: nothing can be proved",
        is_problem=not checks,
        hint="" if checks else "add [[checks]] to .aibrain/aio.toml",
    )
    lacking = await _lacking(settings, python, checks)
    return [summary, *(_check(settings, check) for check in lacking)]


async def _lacking(
    settings: Settings, python: str, checks: list[CheckDescription]
) -> list[CheckDescription]:
    """The same, with the problem of those that need a pytest which the interpreter has not."""
    ready = [one for one in checks if one.kind == "pytest" and not one.problem]
    if not ready:
        return checks
    async with _parts(settings) as parts:
        asked = (python, "-c", "import pytest")
        ended = await parts.runner.run(asked, cwd=Path("/"), timeout_s=_ASKING_S, cap_bytes=4096)
    if ended.exit_code == 0:
        return checks
    problem = {"problem": f"{python} has no pytest that works", "hint": _PYTEST_HINT}
    return [replace(one, **problem) if one in ready else one for one in checks]


def _check(settings: Settings, check: CheckDescription) -> Finding:
    where = f" in {check.folder}" if check.folder else ""
    program = check.program
    if Path(program).is_relative_to(settings.repo):
        program = str(Path(program).relative_to(settings.repo))
    return Finding(
        what=f"check {check.name}",
        state=f"{check.kind}{where}: {check.problem or program}",
        is_problem=bool(check.problem),
        hint=check.hint,
    )


_NO_KEY_HINT = (
    "set ANTHROPIC_API_KEY, add tasks with --backend fixer (ruff's own fixes, no model), or try"
    " 'aio-tui demo'"
)


async def _backend(settings: Settings) -> list[Finding]:
    name = settings.backend
    if name != "anthropic":
        return [Finding(what="agent", state=name)]
    has_key = any(os.environ.get(variable) for variable in KEY_VARIABLES)
    problem = "" if has_key else "no model key in the environment"
    problem = problem or missing_price(settings) or ""
    state = f"{name}, model {settings.model.model}"
    hint = "" if has_key else _NO_KEY_HINT
    return [Finding(what="agent", state=problem or state, is_problem=bool(problem), hint=hint)]


async def _hooks(settings: Settings) -> list[Finding]:
    findings = []
    for hook in settings.hooks:
        condition = await asyncio.to_thread(condition_of, hook, settings.repo)
        findings.append(
            Finding(
                what=f"hook {hook.name}",
                state=f"{hook.point}: {condition.problem or condition.program}",
                is_problem=bool(condition.problem),
                hint=condition.hint,
            )
        )
    return findings


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[Parts]:
    """Parts around a store in memory: for looking at the repository only."""
    clock = SystemClock()
    parts = build_parts(settings, MemoryStore(clock), clock)
    try:
        yield parts
    finally:
        parts.close()
