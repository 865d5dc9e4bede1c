"""Ralph at work: runs the checks in a tree, compares with the baseline, judges."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.domain.errors import GateError
from engine.domain.transcript import EntryKind
from engine.domain.verdict import CheckReport, Verdict
from engine.domain.work import TaskType
from engine.loop.gate import Notes
from engine.ports.checker import Checker
from engine.ports.workspace import Workspace
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.paths import is_test_file


class Verifier:
    """Verifies commits of one repository. Baselines are kept on disk by commit and checks.

    Args:
        workspace: git.
        checkers_in: the checks for a tree.
        signature: changes whenever other checks, or the same with other arguments, are configured.
        baselines: folder of the kept ones.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        checkers_in: Callable[[Path], Sequence[Checker]],
        signature: str,
        baselines: Path,
    ) -> None:
        self._workspace = workspace
        self._checkers_in = checkers_in
        self._signature = hashlib.sha256(signature.encode()).hexdigest()[:12]
        self._baselines = baselines
        self._one_at_a_time = asyncio.Lock()
        self._unsound: dict[str, BaselineResult] = {}

    async def verify(
        self,
        base: str,
        head: str,
        *,
        task_type: TaskType,
        targets: tuple[str, ...],
        notes: Notes,
        scope: tuple[str, ...] = (),
        needs_effect: bool = True,
    ) -> Verdict:
        """Judge what commit `head` has over commit `base`.

        The checks run in a clean checkout of `head`: files that are ignored, hidden or left behind
        in the worktree where the agent worked prove nothing.

        Args:
            base: what the work started from.
            head: the work.
            task_type: what kind of change was wanted.
            targets: tests that must be green.
            notes: hears the checks while they run.
            scope: globs of paths that the change may touch; empty: all.
            needs_effect: see `Evidence.needs_effect`.

        Raises:
            WorkspaceError: git refuses; nothing is judged.
        """
        from engine.ralph.judge import judge  # late: nothing that starts waits for the rules

        baseline = await self.baseline(base)
        async with self._workspace.checkout(head) as tree:
            reports = await self._run_all(tree, notes)
        changes = await self._workspace.changes(base, head)
        files_at_base = await self._workspace.files_at(base)
        return judge(
            Evidence(
                task_type=task_type,
                targets=targets,
                reports=tuple(reports),
                baseline=baseline,
                changed_files=tuple(change.path for change in changes),
                base_test_files=frozenset(filter(is_test_file, files_at_base)),
                tree_hash=await self._workspace.tree_hash(head),
                base_commit=base,
                changes=changes,
                scope=scope,
                needs_effect=needs_effect,
            )
        )

    async def baseline(self, commit: str) -> BaselineResult:
        """What the checks say at `commit`: known, or found out by running them there once.

        A result in which a check was broken or timed out is kept only as long as this process.
        """
        async with self._one_at_a_time:
            kept = self._baselines / f"{commit}-{self._signature}.json"
            known = self._unsound.get(commit) or await asyncio.to_thread(_read_baseline, kept)
            if known is not None:
                return known
            async with self._workspace.checkout(commit) as tree:
                reports = [await checker.run(tree) for checker in self._checkers_in(tree)]
            taken = BaselineResult.from_reports(reports, base_commit=commit, tree_hash=commit)
            if taken.is_sound:
                await asyncio.to_thread(_keep, kept, taken.to_json())
            else:
                self._unsound[commit] = taken
            return taken

    def check_names(self, tree: Path) -> tuple[str, ...]:
        """What will be run in `tree`, in order."""
        return tuple(checker.name for checker in self._checkers_in(tree))

    async def _run_all(self, tree: Path, notes: Notes) -> list[CheckReport]:
        reports = []
        for checker in self._checkers_in(tree):
            notes.append(EntryKind.ENGINE, f"check {checker.name} runs")
            reports.append(
                await checker.run(
                    tree,
                    on_output=lambda chunk: notes.append(
                        EntryKind.CHECK, chunk.decode("utf-8", "replace")
                    ),
                )
            )
        return reports


def _read_baseline(path: Path) -> BaselineResult | None:
    try:
        return BaselineResult.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, GateError):
        return None


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
