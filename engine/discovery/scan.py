"""Running all checks on one tree, as many at once as there are cores."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from engine.discovery.sighting import ScannedCheck
from engine.discovery.source.remark import NAME
from engine.discovery.source_reader import SourceReader
from engine.domain.errors import ConfigError
from engine.domain.settings import CheckSettings
from engine.domain.values import dataclass
from engine.ports.checker import Checker

OWN_CHECK = CheckSettings(name=NAME, kind=NAME)


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """A checker, and the settings it was built from."""

    settings: CheckSettings
    checker: Checker


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the checks said about a tree."""

    checks: tuple[ScannedCheck, ...]
    """In their configured order, our own rules last."""
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """See `SourceReading.imports`."""


async def scan(tree: Path, planned: Sequence[PlannedCheck], source: SourceReader) -> Scan:
    """Run the checks and our own rules in `tree`, those that run tests first.

    Raises:
        ConfigError: a check has the name of our own rules; nothing was run.
    """
    if any(one.settings.name == NAME for one in planned):
        raise ConfigError(f"check name {NAME!r} is taken", hint="give your check another name")
    cores = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(check: PlannedCheck) -> ScannedCheck:
        async with cores:
            report = await check.checker.run(tree)
        runs_tests = check.checker.selects_tests
        return ScannedCheck(settings=check.settings, runs_tests=runs_tests, report=report)

    longest_first = sorted(planned, key=lambda check: not check.checker.selects_tests)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(source.read(tree))
        running = {check.settings.name: group.create_task(one(check)) for check in longest_first}
    own = reading.result()
    done = [running[check.settings.name].result() for check in planned]
    done.append(ScannedCheck(settings=OWN_CHECK, runs_tests=False, report=own.report))
    return Scan(checks=tuple(done), imports=own.imports)
