"""Ralph at work: runs the checks in clean trees, compares with the baseline, judges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import TaskType
from engine.loop.scribes import Notes
from engine.loop.verifying.baselines import Baselines
from engine.loop.verifying.breaker import Breaker, refused
from engine.loop.verifying.case import Case, Question, Stage
from engine.loop.verifying.proofs import Proofs
from engine.loop.verifying.runs import CheckersIn, CheckRuns
from engine.loop.verifying.seal import Seal
from engine.loop.verifying.trial import Trial
from engine.ports.clock import Clock
from engine.ports.workspace import Workspace
from engine.ralph.base_tests import base_test_paths
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.paths import asking_tests, is_test_file


class Verifier:
    """Verifies commits of one repository.

    Args:
        workspace: git.
        checkers_in: the checks for a tree.
        signature: changes whenever the same trees may be judged differently: other checks, another
            environment for them, other rules.
        state: folder below which baselines, proofs and troubles are kept.
        clock: dates proofs and lets a checker that did not work be tried again.
        redact: takes secrets out of what is kept.
        seal: vouches for what is kept.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        checkers_in: CheckersIn,
        signature: Callable[[], str],
        state: Path,
        clock: Clock,
        redact: Callable[[str], str],
        seal: Seal,
    ) -> None:
        self._workspace = workspace
        self._runs = CheckRuns(workspace, checkers_in)
        self._signature = signature
        self._clock = clock
        self._baselines = Baselines(state / "baselines", self._runs, seal)
        self._proofs = Proofs(state / "proofs", redact, seal)
        self._breaker = Breaker(state / "breaker.json", clock, seal)

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
        fresh: bool = False,
        stage: Stage = Stage.WORK,
    ) -> Verdict:
        """Judge what commit `head` has over commit `base`.

        The checks run in clean checkouts of `head`: files that are ignored, hidden or left behind
        in the worktree where the agent worked prove nothing. A case that was judged before is
        answered from its proof.

        Args:
            base: what the work started from.
            head: the work.
            task_type: what kind of change was wanted.
            targets: tests that must be green.
            notes: hears the checks while they run.
            scope: globs of paths that the change may touch; empty: all.
            needs_effect: see `Evidence.needs_effect`.
            fresh: run the checks also if there is a proof.
            stage: what of it was judged before.

        Raises:
            WorkspaceError: git refuses; nothing is judged.
        """
        case = await self._case(
            Question(
                base=base,
                head=head,
                task_type=task_type,
                targets=targets,
                scope=scope,
                needs_effect=needs_effect,
            )
        )
        known = None if fresh else await self._proofs.of(case)
        if known is not None:
            return known
        from engine.ralph.tamper.remembering import forget  # late, as the rules

        try:
            verdict = await self._judged(case, notes, stage)
        finally:
            forget()
        if stage is not Stage.LANDED or verdict.kind is VerdictKind.FAIL:
            await self._proofs.keep(case, verdict, at=self._clock.now())
        return verdict

    async def recorded(self, question: Question) -> Verdict | None:
        """The kept answer; None if there is none.

        Raises:
            WorkspaceError: a commit is not there.
        """
        return await self._proofs.of(await self._case(question))

    async def _case(self, question: Question) -> Case:
        return Case(
            question=question,
            base_tree=await self._workspace.tree_hash(question.base),
            head_tree=await self._workspace.tree_hash(question.head),
            signature=await asyncio.to_thread(self._signature),
        )

    async def _judged(self, case: Case, notes: Notes, stage: Stage) -> Verdict:
        from engine.ralph.judge import judge  # late: nothing that starts waits for the rules

        trouble = await self._breaker.refusal(case.signature)
        if trouble is not None:
            return refused(case, trouble)
        evidence = await self._evidence(case, notes)
        trial = Trial(case=case, runs=self._runs, baseline=evidence.baseline, notes=notes)
        early = await _early(evidence, trial) if stage is Stage.WORK else None
        if early is not None:
            return early
        whole = await trial.of_everything()
        await self._breaker.learn(whole.reports, evidence.baseline, case.signature)
        evidence = replace(evidence, reports=whole.reports, rewritten=whole.rewritten)
        verdict = judge(evidence)
        if verdict.kind is not VerdictKind.PASS or stage is Stage.LANDED:
            return verdict
        verdict = await _with_old_tests(evidence, trial, verdict)
        if verdict.kind is VerdictKind.PASS and stage is Stage.BATCH and not trial.hanging():
            await self._baselines.know(case, whole.reports, whole.rewritten)
        return verdict

    async def _evidence(self, case: Case, notes: Notes) -> Evidence:
        """All but the reports. Without a change nobody needs a baseline."""
        question = case.question
        changes = await self._workspace.changes(question.base, question.head)
        baseline = BaselineResult(base_commit=question.base, tree_hash=case.base_tree, checks={})
        if changes:
            baseline = await self._baselines.of(
                question.base, case.base_tree, case.signature, notes
            )
        files_at_base = await self._workspace.files_at(question.base)
        return Evidence(
            task_type=question.task_type,
            targets=question.targets,
            reports=(),
            baseline=baseline,
            changed_files=tuple(change.path for change in changes),
            base_test_files=frozenset(filter(is_test_file, files_at_base)),
            tree_hash=case.head_tree,
            base_commit=question.base,
            head_commit=question.head,
            changes=changes,
            scope=question.scope,
            needs_effect=question.needs_effect,
            files_at_base=frozenset(files_at_base),
            test_sources=await self._workspace.contents(
                question.base, asking_tests(files_at_base, changes)
            ),
        )

    def check_names(self, tree: Path) -> tuple[str, ...]:
        """What will be run in `tree`, in order."""
        return tuple(checker.name for checker in self._runs.checkers_in(tree, frozenset()))


async def _early(evidence: Evidence, trial: Trial) -> Verdict | None:
    """The verdict that the targets alone, or the want of a change, already give."""
    from engine.ralph.judge import judge_early  # late: nothing that starts waits for the rules

    reports = await trial.of_targets(however_quick=not evidence.changed_files)
    return judge_early(replace(evidence, reports=reports))


async def _with_old_tests(evidence: Evidence, trial: Trial, verdict: Verdict) -> Verdict:
    """The PASS, or what stands against it when old tests run as they were and new ones without the
    change; where no test was touched nothing is run.
    """
    from engine.ralph.effect_rules import new_green_tests, rests_on_new_tests
    from engine.ralph.judge import judge  # late: nothing that starts waits for the rules

    restored = base_test_paths(evidence.changed_files)
    if not restored:
        return verdict
    old = await trial.of_base_tests(restored, evidence)
    rewritten = tuple({*evidence.rewritten, *old.rewritten})
    evidence = replace(evidence, base_test_reports=old.reports, rewritten=rewritten)
    verdict = judge(evidence)
    if verdict.kind is not VerdictKind.PASS or not rests_on_new_tests(evidence):
        return verdict
    idle = await trial.of_new_tests(restored, new_green_tests(evidence))
    return judge(replace(evidence, green_without_change=idle))
