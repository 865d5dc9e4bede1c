"""The runs that one judgement rests on."""

from __future__ import annotations

from collections.abc import Collection

from engine.domain.transcript import EntryKind
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, CheckReport, TestOutcome
from engine.loop.scribes import Notes
from engine.loop.verifying.case import Case
from engine.loop.verifying.retries import settled
from engine.loop.verifying.runs import CheckRuns, Tree
from engine.ralph.evidence import BaselineResult, CheckBaseline, Evidence
from engine.ralph.targets import covers

_SLOW_S = 5.0
"""A check that takes less is run whole at once: starting it twice would cost more."""
_NOTHING_KNOWN = CheckBaseline(outcome=CheckOutcome.CLEAN)


def _are_near(target: str, hung: str) -> bool:
    """Whether the target holds what hung, or is in the file that hung."""
    return covers(target, hung) or covers(hung.removesuffix("::collection"), target)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRun:
    """The checks in one tree."""

    reports: tuple[CheckReport, ...]
    rewritten: tuple[str, ...] = ()
    """See `Evidence.rewritten`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Runs checks on the head of a case. Failures that come and go are tried again."""

    case: Case
    runs: CheckRuns
    baseline: BaselineResult
    notes: Notes

    async def of_targets(self, *, however_quick: bool = False) -> tuple[CheckReport, ...]:
        """The target tests alone, by the checks that can select them; empty where the whole set
        is as quick.
        """
        names = None if however_quick else self._slow()
        if not self.case.question.targets or (names is not None and not names):
            return ()
        async with self.runs.checkout(Tree(commit=self.case.question.head)) as folder:
            reports = await self.runs.run(
                folder,
                self.notes,
                names=names,
                only=self.case.question.targets,
                hanging=self.hanging(),
            )
        return tuple(reports)

    async def of_everything(self) -> TreeRun:
        """All checks on the head."""
        return await self._run(Tree(commit=self.case.question.head), None)

    async def of_base_tests(self, restored: tuple[str, ...], evidence: Evidence) -> TreeRun:
        """The checks that execute tests, on the head with these files as they are at the base. If
        nothing else was changed the baseline is what they say.
        """
        if len(restored) == len(evidence.changed_files):
            return TreeRun(reports=self.baseline.test_reports())
        asked = self.case.question
        self.notes.append(EntryKind.ENGINE, "again with the tests of the base commit")
        tree = Tree(commit=asked.head, base=asked.base, restored=restored)
        names = {report.result.name for report in evidence.reports if self._has_tests(report)}
        return await self._run(tree, names) if names else TreeRun(reports=())

    async def of_new_tests(
        self, restored: tuple[str, ...], tests: Collection[str]
    ) -> frozenset[str]:
        """Those of the new `tests` that are green on the base as well: the base commit with these
        files as the head has them. Checks that cannot select tests say nothing here.
        """
        asked = self.case.question
        self.notes.append(EntryKind.ENGINE, "the new tests again, without the change")
        tree = Tree(commit=asked.base, base=asked.head, restored=restored)
        async with self.runs.checkout(tree) as folder:
            reports = await self.runs.run(folder, self.notes, only=tuple(sorted(tests)))
        outcomes = (outcome for report in reports for outcome in report.tests.items())
        return frozenset(test for test, seen in outcomes if seen is TestOutcome.PASSED)

    def hanging(self) -> frozenset[str]:
        """Tests that hang at the base and are not what the task is about; they get little time."""
        targets = self.case.question.targets
        hung = (test for check in self.baseline.checks.values() for test in check.hung)
        return frozenset(test for test in hung if not any(_are_near(t, test) for t in targets))

    def _slow(self) -> set[str]:
        checks = self.baseline.checks.items()
        return {name for name, check in checks if check.duration_s >= _SLOW_S}

    def _has_tests(self, report: CheckReport) -> bool:
        before = self.baseline.of(report.result.name)
        had_tests = before is not None and bool(before.tests)
        return had_tests or report.result.tests_executed is not None

    async def _run(self, tree: Tree, names: Collection[str] | None) -> TreeRun:
        async with self.runs.checkout(tree) as folder:
            reports = await self.runs.run(folder, self.notes, names=names, hanging=self.hanging())
            rewritten = await self.runs.rewritten(folder)
        return TreeRun(
            reports=tuple([await self._settled(tree, report) for report in reports]),
            rewritten=rewritten,
        )

    async def _settled(self, tree: Tree, report: CheckReport) -> CheckReport:
        name = report.result.name

        async def rerun(only: tuple[str, ...]) -> CheckReport | None:
            self.notes.append(EntryKind.ENGINE, "new failures are tried again")
            async with self.runs.checkout(tree) as folder:
                reports = await self.runs.run(
                    folder, self.notes, names={name}, only=only, hanging=self.hanging()
                )
            return reports[0] if reports else None

        before = self.baseline.of(name) or _NOTHING_KNOWN
        return await settled(report, before, self.case.question.targets, rerun)
