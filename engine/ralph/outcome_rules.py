"""What the tests say: the targets, the others, and whether all are still there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.domain.verdict import CheckReport, Reason
from engine.ralph.evidence import RAN_TO_ITS_END, Evidence
from engine.ralph.ground import Ground
from engine.ralph.runs import Account, accounts
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.targets import covers, target_reasons
from engine.ralph.wording import counted, named, said_of


def targets_are_green(evidence: Evidence) -> Iterator[Ground]:
    """The task's own tests hold, also as they were at the base commit. Not asked of a check that
    could not tell.
    """
    if all(report.result.outcome in RAN_TO_ITS_END for report in evidence.reports):
        yield from map(Ground, target_reasons(evidence.targets, evidence.reports))
    old = tuple(account for account in accounts(evidence) if account.where)
    known = tuple(t for t in _targets_of_old_tests(evidence) if _was_there(t, old))
    reports = tuple(account.report for account in old)
    for reason in target_reasons(known, reports) if old else ():
        message = f"{reason.message}; this is with the tests of the base commit"
        yield Ground(replace(reason, message=message))


def _targets_of_old_tests(evidence: Evidence) -> tuple[str, ...]:
    """None for a task about tests: it is the new ones that it is to make green."""
    return () if evidence.task_type in MAY_EDIT_TESTS else evidence.targets


def _was_there(target: str, old: tuple[Account, ...]) -> bool:
    return any(
        covers(target, test.removesuffix("::collection"))
        for account in old
        for test in {*account.before.tests, *account.before.failures}
    )


def nothing_new_is_red(evidence: Evidence) -> Iterator[Ground]:
    """Failures that the baseline knows are forgiven, others not."""
    told: set[tuple[str, ...]] = set()
    for account in accounts(evidence):
        targets = _targets_of_old_tests(evidence) if account.where else evidence.targets
        fresh = [
            failure
            for failure in account.new_failures
            if not any(covers(target, failure) for target in targets)
        ]
        if fresh and tuple(fresh) not in told:
            told.add(tuple(fresh))
            yield Ground(_new_failure(account, fresh))


def _new_failure(account: Account, fresh: list[str]) -> Reason:
    result = account.result
    count = counted(len(fresh), "new failure")
    message = f"check {result.name} has {count}{account.where}: {named(fresh)}"
    path, line = _place(account.report, fresh[0])
    return Reason(
        rule="new-failure",
        message=message,
        evidence=said_of(account.report, fresh),
        path=path,
        line=line,
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
            message = f"{_of_base(removed)} gone{account.where}"
            yield Ground(_about(removed, "test-removed", message))
        if account.skipped:
            message = f"{_of_base(account.skipped)} now skipped"
            yield Ground(_about(account.skipped, "test-skipped", f"{message}{account.where}"))


def _of_base(tests: list[str]) -> str:
    verb = "is" if len(tests) == 1 else "are"
    return f"{counted(len(tests), 'test')} of the base commit {verb}"


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
