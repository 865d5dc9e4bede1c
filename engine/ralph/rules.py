"""The rules of a verdict. Each yields reasons; a change that draws none has passed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, Reason, TestOutcome
from engine.domain.work import TaskType
from engine.ralph.evidence import RAN_TO_ITS_END, CheckBaseline, Evidence
from engine.ralph.ground import Ground, Rule
from engine.ralph.paths import is_check_config
from engine.ralph.tamper.catalogue import TAMPER_RULES
from engine.ralph.targets import covers, target_reasons
from engine.ralph.wording import named, one_line, tail_of

_NEVER_SEEN = CheckBaseline(outcome=CheckOutcome.CLEAN)


def checks_work(evidence: Evidence) -> Iterator[Ground]:
    """A check that cannot work says nothing, least of all that all is well."""
    for report in evidence.reports:
        if report.result.outcome is CheckOutcome.BROKEN:
            yield _broken(report.result, evidence)
        elif report.result.outcome is CheckOutcome.TIMEOUT:
            yield _timed_out(report.result, evidence)


def _broken(result: CheckResult, evidence: Evidence) -> Ground:
    """The agent's to mend if the check worked at base and the change reaches it; else a human's."""
    before = evidence.baseline.of(result.name)
    worked_before = before is not None and before.outcome in RAN_TO_ITS_END
    is_reached = bool(result.failures) or any(map(is_check_config, evidence.changed_files))
    message = f"check {result.name} could not do its work: {one_line(result.explanation)}"
    if worked_before and is_reached:
        message += "; at the base commit it could"
        return Ground(Reason(rule="check-broken", message=message, evidence=tail_of(result)))
    step = f"make '{' '.join(result.command)}' work in the repository, then retry the task"
    return Ground(
        Reason(rule="check-broken", message=message, evidence=tail_of(result)), next_step=step
    )


def _timed_out(result: CheckResult, evidence: Evidence) -> Ground:
    before = evidence.baseline.of(result.name)
    message = f"check {result.name} ran into its time limit: {one_line(result.explanation)}"
    reason = Reason(rule="check-timeout", message=message, evidence=tail_of(result))
    hung_before = before is not None and before.outcome is CheckOutcome.TIMEOUT
    is_the_task = any(covers(t, test) for t in evidence.targets for test in result.failures)
    if not hung_before or is_the_task:
        return Ground(reason)
    step = f"it hangs at the base commit too: raise the limit of check {result.name} or mend it"
    return Ground(reason, next_step=step)


def something_changed(evidence: Evidence) -> Iterator[Ground]:
    """Nothing done is nothing proved."""
    if not evidence.changed_files:
        message = "no file differs from the base commit"
        yield Ground(Reason(rule="no-change", message=message))


def tests_ran(evidence: Evidence) -> Iterator[Ground]:
    """At least one test was executed, by whichever check."""
    if any(report.result.tests_executed for report in evidence.reports):
        return
    if any(report.result.outcome not in RAN_TO_ITS_END for report in evidence.reports):
        return
    if evidence.baseline.had_tests:
        message = "no test was executed, while at the base commit there were some"
        yield Ground(Reason(rule="tests-gone", message=message))
        return
    message = "no test was executed, so nothing is proved"
    step = "" if evidence.task_type is TaskType.TEST else _HOW_TO_GET_TESTS
    yield Ground(Reason(rule="no-tests", message=message), next_step=step)


_HOW_TO_GET_TESTS = "add tests to the repository or configure a check of kind pytest, then retry"


def no_check_is_missing(evidence: Evidence) -> Iterator[Ground]:
    """What was checked at the base commit is checked now."""
    ran = {report.result.name for report in evidence.reports}
    for name in sorted(set(evidence.baseline.checks) - ran):
        message = f"check {name} ran at the base commit and is gone now"
        yield Ground(Reason(rule="check-gone", message=message))


def targets_are_green(evidence: Evidence) -> Iterator[Ground]:
    """The task's own tests hold. Not asked of a check that could not tell."""
    if all(report.result.outcome in RAN_TO_ITS_END for report in evidence.reports):
        yield from map(Ground, target_reasons(evidence.targets, evidence.reports))


def nothing_new_is_red(evidence: Evidence) -> Iterator[Ground]:
    """Failures that the baseline knows are forgiven, others not."""
    for result, before, _ in _finished(evidence):
        fresh = [
            failure
            for failure in result.failures
            if failure not in before.failures
            and not any(covers(target, failure) for target in evidence.targets)
        ]
        if fresh:
            count = f"{len(fresh)} new failure{'s' if len(fresh) > 1 else ''}"
            message = f"check {result.name} has {count}: {named(fresh)}"
            yield Ground(Reason(rule="new-failure", message=message, evidence=tail_of(result)))


def no_test_vanished(evidence: Evidence) -> Iterator[Ground]:
    """A test that was executed at the base commit is executed now."""
    for result, before, report in _finished(evidence):
        skipped = [
            test for test in before.executed if report.tests.get(test) is TestOutcome.SKIPPED
        ]
        removed = [
            test
            for test in before.executed
            if test not in report.tests and not _is_uncollected(test, result)
        ]
        if removed:
            message = f"{len(removed)} tests of the base commit are gone: {named(removed)}"
            yield Ground(Reason(rule="test-removed", message=message))
        if skipped:
            message = f"{len(skipped)} tests of the base commit are now skipped: {named(skipped)}"
            yield Ground(Reason(rule="test-skipped", message=message))


def quality_improved(evidence: Evidence) -> Iterator[Ground]:
    """A code quality task without target tests must make a known finding go away."""
    if evidence.task_type is not TaskType.CODE_QUALITY or evidence.targets:
        return
    known = _failures({name: b.failures for name, b in evidence.baseline.checks.items()})
    left = _failures({r.result.name: frozenset(r.result.failures) for r in evidence.reports})
    if not known:
        message = "no check had a finding at the base commit, so no improvement can be shown"
        step = "give the task target tests, or configure a check that shows the finding"
        yield Ground(Reason(rule="nothing-to-improve", message=message), next_step=step)
    elif not known - left:
        message = f"all {len(known)} known findings are still there"
        yield Ground(Reason(rule="nothing-improved", message=message))


def effect_is_seen(evidence: Evidence) -> Iterator[Ground]:
    """Without target tests something must show that the change does what it is for: a test or a
    finding that was red and is green, or a green test that was not there before.
    """
    is_judged_elsewhere = evidence.task_type is TaskType.CODE_QUALITY or evidence.targets
    if is_judged_elsewhere or not evidence.needs_effect or not _ran_tests(evidence):
        return
    known = _failures({name: b.failures for name, b in evidence.baseline.checks.items()})
    left = _failures({r.result.name: frozenset(r.result.failures) for r in evidence.reports})
    if known - left or _new_green_tests(evidence):
        return
    message = (
        "no target test is named, nothing that was red is green now and no new test passes, so "
        "nothing shows what the change does; add a test that shows it"
    )
    yield Ground(Reason(rule="no-effect-seen", message=message))


def _ran_tests(evidence: Evidence) -> bool:
    """Whether all checks ran to their end, and tests with them; else other rules object."""
    results = [report.result for report in evidence.reports]
    is_whole = all(result.outcome in RAN_TO_ITS_END for result in results)
    return is_whole and any(result.tests_executed for result in results)


def _new_green_tests(evidence: Evidence) -> bool:
    return any(
        outcome is TestOutcome.PASSED and before.tests.get(test) is not TestOutcome.PASSED
        for _, before, report in _finished(evidence)
        for test, outcome in report.tests.items()
    )


def _failures(by_check: dict[str, frozenset[str]]) -> set[tuple[str, str]]:
    return {(name, failure) for name, failures in by_check.items() for failure in failures}


def _finished(evidence: Evidence) -> Iterator[tuple[CheckResult, CheckBaseline, CheckReport]]:
    for report in evidence.reports:
        if report.result.outcome in RAN_TO_ITS_END:
            before = evidence.baseline.of(report.result.name) or _NEVER_SEEN
            yield report.result, before, report


def _is_uncollected(test: str, result: CheckResult) -> bool:
    return any(
        failure.endswith("::collection") and covers(failure.removesuffix("::collection"), test)
        for failure in result.failures
    )


RULES: tuple[Rule, ...] = (
    checks_work,
    something_changed,
    no_check_is_missing,
    tests_ran,
    targets_are_green,
    nothing_new_is_red,
    no_test_vanished,
    *TAMPER_RULES,
    quality_improved,
    effect_is_seen,
)
