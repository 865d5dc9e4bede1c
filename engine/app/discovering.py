"""Finding work: scans the base branch's commit and brings the queue up to date with it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from engine.app.parts import Parts
from engine.checks.build import build_checkers
from engine.checks.detection import detect
from engine.checks.node.links import prepare_node
from engine.discovery.baseline import FILE_NAME, read_baseline, write_baseline
from engine.discovery.groups import group
from engine.discovery.ledger import Entry, entries
from engine.discovery.priority import Scale, Surroundings
from engine.discovery.reconcile import Plan, Scanned, carry_out, plan
from engine.discovery.report import DiscoveryReport, Standing
from engine.discovery.scan import PlannedCheck, Scan, scan
from engine.discovery.sighting import Sighting, check_of, sightings_of
from engine.discovery.source_reader import SourceReader
from engine.domain.errors import EngineError, WorkspaceError
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome
from engine.loop.scope import ungrouped
from engine.ports.store import Transaction
from engine.workspace.gitcall import GitCall
from engine.workspace.history import History, recent_history

__all__ = ["Discovering", "DiscoveryOptions", "DiscoveryReport", "Sighting", "Standing"]

_TO_THE_END = frozenset({CheckOutcome.CLEAN, CheckOutcome.FINDINGS})


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryOptions:
    """What the operator wants of a scan."""

    is_dry_run: bool = False
    """Change nothing."""
    takes_known: bool = False
    """Make tasks of findings in the baseline too."""
    at_most: int | None = None
    """New tasks; None: no limit."""
    accepts: bool = False
    """Make the present findings the baseline, and no tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one look at the commit gave."""

    commit: str
    scan: Scan
    history: History
    files: frozenset[str]


class Discovering:
    """Scans one repository; needs no engine to be running."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings
        self._baseline = parts.settings.brain / FILE_NAME

    async def discover(self, options: DiscoveryOptions) -> DiscoveryReport:
        """Scan, compare with the baseline, and change queue or baseline as `options` say.

        Raises:
            ConfigError: a check or the baseline is not usable; nothing was changed.
            WorkspaceError: git refuses; nothing was changed.
        """
        known = await asyncio.to_thread(read_baseline, self._baseline)
        seen = await self._look()
        everything = await asyncio.to_thread(sightings_of, seen.scan.checks)
        inside = tuple(one for one in everything if _is_inside(one, seen.files))
        whole = _whole_checks(seen.scan)
        ids = {one.id for one in inside}
        report = DiscoveryReport(
            commit=seen.commit,
            checks=tuple(check.report.result for check in seen.scan.checks),
            sightings=inside,
            baseline=known,
            gone=sum(one not in ids and check_of(one) in whole for one in known),
            outside=len(everything) - len(inside),
            plan=Plan(),
            is_dry_run=options.is_dry_run,
        )
        if options.accepts:
            return await self._accept(report, whole)
        wanted = ids if options.takes_known else ids - known
        return replace(report, plan=await self._queue(seen, inside, wanted, whole, options))

    async def _look(self) -> _Seen:
        workspace = self._parts.workspace
        commit = await workspace.base_commit()
        files = await workspace.files_at(commit)
        git = GitCall(self._parts.runner)
        async with workspace.checkout(commit) as tree:
            planned = await asyncio.to_thread(self._planned, tree)
            with ungrouped():
                async with asyncio.TaskGroup() as together:
                    past = together.create_task(recent_history(git, self._settings.repo, commit))
                    source = SourceReader(self._parts.confinement.checks)
                    scanning = together.create_task(scan(tree, planned, source))
        return _Seen(
            commit=commit,
            scan=scanning.result(),
            history=past.result(),
            files=frozenset(files),
        )

    def _planned(self, tree: Path) -> list[PlannedCheck]:
        """The checks for `tree`, which is made ready before they meet in it."""
        checks = self._settings.checks or detect(tree)
        with suppress(EngineError):  # every check that needs it says so itself
            prepare_node(tree.resolve(), self._settings.repo)
        named = {check.name: check for check in checks}
        checkers = build_checkers(
            replace(self._settings, checks=checks),
            self._parts.confinement.checks,
            tree,
            scratch=self._parts.scratch.path,
        )
        return [PlannedCheck(named[checker.name], checker) for checker in checkers]

    async def _accept(self, report: DiscoveryReport, whole: Collection[str]) -> DiscoveryReport:
        kept = {one for one in report.baseline if check_of(one) not in whole}
        accepted = kept | {one.id for one in report.sightings}
        if not report.is_dry_run:
            await asyncio.to_thread(write_baseline, self._baseline, accepted)
        return replace(report, accepted=len(accepted))

    async def _queue(
        self,
        seen: _Seen,
        found: Sequence[Sighting],
        wanted: Collection[str],
        whole: Collection[str],
        options: DiscoveryOptions,
    ) -> Plan:
        around = Surroundings(
            imports=seen.scan.imports,
            changed_at=seen.history.changed_at,
            scanned_at=seen.history.committed_at,
        )
        scanned = Scanned(
            project=self._settings.project,
            commit=seen.commit,
            groups=await asyncio.to_thread(group, found),
            wanted=wanted,
            whole_checks=whole,
            landed=await self._landed(seen.commit, wanted),
            scale=Scale(around),
            at_most=options.at_most,
        )
        store = self._parts.store
        if options.is_dry_run:
            return await store.read(lambda reader: plan(reader, scanned))

        def write(tx: Transaction) -> Plan:
            made = plan(tx, scanned)
            carry_out(tx, made)
            return made

        return await store.write(write)

    async def _landed(self, commit: str, wanted: Collection[str]) -> Mapping[TaskId, bool]:
        """Of completed tasks whose findings are there: whether their work is part of `commit`."""
        project = self._settings.project
        known = await self._parts.store.read(lambda reader: entries(reader, project))
        present = frozenset(wanted)
        asked = [one for one in known if _is_completed_yet_there(one, present)]
        return {one.item.task_id: await self._is_in(one, commit) for one in asked}

    async def _is_in(self, entry: Entry, commit: str) -> bool:
        for own in (entry.item.merged_commit, entry.item.head_commit):
            if own:
                with suppress(WorkspaceError):
                    if await self._parts.workspace.merge_base(own, commit) == own:
                        return True
        return False


def _is_completed_yet_there(entry: Entry, present: frozenset[str]) -> bool:
    is_there = not present.isdisjoint(entry.findings)
    return entry.item.state is TaskState.COMPLETED and is_there


def _is_inside(one: Sighting, files: Collection[str]) -> bool:
    return one.is_test or not one.path or one.path in files


def _whole_checks(scanned: Scan) -> frozenset[str]:
    checks = scanned.checks
    return frozenset(
        one.settings.name for one in checks if one.report.result.outcome in _TO_THE_END
    )
