"""The rules of a verdict. Each yields reasons; a change that draws none has passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, Reason, TestOutcome
from engine.domain.work import TaskType
from engine.ralph.evidence import RAN_TO_ITS_END, Evidence
from engine.ralph.ground import Ground, Rule
from engine.ralph.paths import is_check_config
from engine.ralph.runs import Account, accounts
from engine.ralph.tamper.catalogue import TAMPER_RULES
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.targets import covers, target_reasons
from engine.ralph.wording import named, one_line, tail_of


def checks_work(evidence: Evidence) -> Iterator[Ground]:
    """A check that cannot work says nothing, least of all that all is well."""
    for report in evidence.reports:
        if report.result.outcome is CheckOutcome.BROKEN:
            yield _broken(report.result, evidence)
        elif report.result.outcome is CheckOutcome.TIMEOUT:
            yield _timed_out(report.result, evidence)
    for report in evidence.base_test_reports:
        if report.result.outcome not in RAN_TO_ITS_END:
            yield _fails_old_tests(report.result)


def _fails_old_tests(result: CheckResult) -> Ground:
    """It came to its end with the tests of the change, so the environment is not to blame."""
    why = one_line(result.explanation)
    message = f"check {result.name} did not end with the tests of the base commit: {why}"
    return Ground(Reason(rule="base-tests-broken", message=message, evidence=tail_of(result)))


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
    """The task's own tests hold, also as they were at the base commit. Not asked of a check that
    could not tell.
    """
    if all(report.result.outcome in RAN_TO_ITS_END for report in evidence.reports):
        yield from map(Ground, target_reasons(evidence.targets, evidence.reports))
    old = tuple(account for account in accounts(evidence) if account.where)
    known = tuple(target for target in evidence.targets if _is_judged_by(target, old))
    reports = tuple(account.report for account in old)
    for reason in target_reasons(known, reports) if old else ():
        message = f"{reason.message}; this is with the tests of the base commit"
        yield Ground(replace(reason, message=message))


def _is_judged_by(target: str, old: tuple[Account, ...]) -> bool:
    """Whether the target was there at base, and the task may not edit it."""
    return any(
        covers(target, test.removesuffix("::collection")) and not account.is_exempt(test)
        for account in old
        for test in {*account.before.tests, *account.before.failures}
    )


def nothing_new_is_red(evidence: Evidence) -> Iterator[Ground]:
    """Failures that the baseline knows are forgiven, others not."""
    told: set[tuple[str, ...]] = set()
    for account in accounts(evidence):
        fresh = [
            failure
            for failure in account.new_failures
            if not any(covers(target, failure) for target in evidence.targets)
        ]
        if fresh and tuple(fresh) not in told:
            told.add(tuple(fresh))
            yield Ground(_new_failure(account, fresh))


def _new_failure(account: Account, fresh: list[str]) -> Reason:
    result = account.result
    count = f"{len(fresh)} new failure{'s' if len(fresh) > 1 else ''}"
    message = f"check {result.name} has {count}{account.where}: {named(fresh)}"
    path, line = _place(account.report, fresh[0])
    return Reason(
        rule="new-failure", message=message, evidence=tail_of(result), path=path, line=line
    )


def _place(report: CheckReport, failure: str) -> tuple[str, int | None]:
    """Where the check says that it is; else the file that a test's id begins with."""
    for finding in report.findings:
        if finding.id == failure:
            return finding.path, finding.line
    return (failure.partition("::")[0] if "::" in failure else ""), None


def no_test_vanished(evidence: Evidence) -> Iterator[Ground]:
    """A test that was executed at the base commit is executed now. Only a task about tests may
    give those that it edits other names, and not fewer of them.
    """
    for account in accounts(evidence):
        removed = [test for test in account.removed if not _is_renamed(test, account, evidence)]
        if removed:
            message = f"{len(removed)} tests of the base commit are gone{account.where}"
            yield Ground(_about(removed, "test-removed", message))
        if account.skipped:
            message = f"{len(account.skipped)} tests of the base commit are now skipped"
            yield Ground(_about(account.skipped, "test-skipped", f"{message}{account.where}"))


def _about(tests: list[str], rule: str, message: str) -> Reason:
    path = min(tests).partition("::")[0]
    return Reason(rule=rule, message=f"{message}: {named(tests)}", path=path)


def _is_renamed(test: str, account: Account, evidence: Evidence) -> bool:
    return (
        evidence.task_type in MAY_EDIT_TESTS
        and any(covers(path, test) for path in evidence.edited_test_files)
        and (account.result.tests_executed or 0) >= len(account.before.executed)
    )


def no_fewer_tests(evidence: Evidence) -> Iterator[Ground]:
    """No check executes fewer tests than at the base commit, also if it does not name them."""
    for account in accounts(evidence):
        before, now = account.before.tests_executed, account.result.tests_executed
        is_counted_only = not account.before.tests
        if before is not None and is_counted_only and (now or 0) < before:
            message = (
                f"check {account.result.name} executed {now or 0} tests{account.where}, "
                f"at the base commit {before}"
            )
            yield Ground(Reason(rule="fewer-tests", message=message))


def tests_stay_as_they_are(evidence: Evidence) -> Iterator[Ground]:
    """What the checks run is what was committed: nothing rewrites tests while they are run."""
    written = set(evidence.rewritten) - evidence.baseline.rewritten
    if written:
        message = f"test code or check configuration was written during the run: {named(written)}"
        yield Ground(Reason(rule="tests-rewritten", message=message, path=min(written)))


def quality_improved(evidence: Evidence) -> Iterator[Ground]:
    """A code quality task without target tests must make a known finding go away."""
    if evidence.task_type is not TaskType.CODE_QUALITY or evidence.targets:
        return
    known = _failures({name: b.failures for name, b in evidence.baseline.checks.items()})
    left = _left(evidence)
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
    left = _left(evidence)
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
        outcome is TestOutcome.PASSED and account.before.tests.get(test) is not TestOutcome.PASSED
        for account in accounts(evidence)
        for test, outcome in account.report.tests.items()
    )


def _left(evidence: Evidence) -> set[tuple[str, str]]:
    """Everything red, in whichever run."""
    reports = (*evidence.reports, *evidence.base_test_reports)
    return {(r.result.name, failure) for r in reports for failure in r.result.failures}


def _failures(by_check: dict[str, frozenset[str]]) -> set[tuple[str, str]]:
    return {(name, failure) for name, failures in by_check.items() for failure in failures}


RULES: tuple[Rule, ...] = (
    checks_work,
    something_changed,
    no_check_is_missing,
    tests_ran,
    targets_are_green,
    nothing_new_is_red,
    no_test_vanished,
    no_fewer_tests,
    tests_stay_as_they_are,
    *TAMPER_RULES,
    quality_improved,
    effect_is_seen,
)
