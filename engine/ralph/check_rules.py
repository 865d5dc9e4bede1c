"""Did the checks do their work, and was there any to judge?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.verdict import CheckOutcome, CheckResult, Reason
from engine.domain.work import TaskType
from engine.ralph.evidence import RAN_TO_ITS_END, Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_check_config
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.targets import covers
from engine.ralph.wording import how_to_mend, named, one_line, tail_of


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
    reason = Reason(rule="check-broken", message=message, evidence=tail_of(result))
    return Ground(reason, next_step=how_to_mend(result.command))


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
    uncollected = _uncollected(evidence)
    if uncollected:
        yield _none_collected(uncollected, evidence)
        return
    message = "no test was executed, so nothing is proved"
    step = "" if evidence.task_type is TaskType.TEST else _HOW_TO_GET_TESTS
    yield Ground(Reason(rule="no-tests", message=message), next_step=step)


def _uncollected(evidence: Evidence) -> list[str]:
    return [
        failure.removesuffix("::collection")
        for report in evidence.reports
        for failure in report.result.failures
        if failure.endswith("::collection")
    ]


def _none_collected(paths: list[str], evidence: Evidence) -> Ground:
    """A human's to mend only if it is test set-up that this task may not touch."""
    message = f"no test was executed, as {named(paths)} could not be collected"
    tails = [tail_of(report.result) for report in evidence.reports if report.result.failures]
    reason = Reason(rule="no-tests", message=message, path=min(paths), evidence=tails[0])
    is_setup = all(is_check_config(path) and path not in evidence.changed_files for path in paths)
    is_mendable = evidence.task_type in MAY_EDIT_TESTS or not is_setup
    step = "" if is_mendable else f"mend {named(paths)} at the base commit, then retry the task"
    return Ground(reason, next_step=step)


_HOW_TO_GET_TESTS = "add tests to the repository or configure a check of kind pytest, then retry"


def no_check_is_missing(evidence: Evidence) -> Iterator[Ground]:
    """What was checked at the base commit is checked now."""
    ran = {report.result.name for report in evidence.reports}
    for name in sorted(set(evidence.baseline.checks) - ran):
        message = f"check {name} ran at the base commit and is gone now"
        yield Ground(Reason(rule="check-gone", message=message))


_NODE_CHECKS = frozenset({("eslint",), ("tsc",), ("vitest",)})
_LEAVES_OUT = frozenset({"--exclude", "--ignore-pattern"})


def no_check_does_less(evidence: Evidence) -> Iterator[Ground]:
    """A check that was detected is told what it was told at the base commit. It may leave out the
    folder of a package that is new, which has checks of its own.
    """
    for report in evidence.reports:
        result, before = report.result, evidence.baseline.of(report.result.name)
        has_run = result.outcome in RAN_TO_ITS_END and result.command[:1] in _NODE_CHECKS
        if not has_run or before is None or before.outcome not in RAN_TO_ITS_END:
            continue
        if before.command and _is_told_less(before.command, result.command, evidence):
            was, now = " ".join(before.command), " ".join(result.command)
            message = f"check {result.name} was '{was}' at the base commit and is '{now}' now"
            yield Ground(Reason(rule="check-config-edited", message=message))


def _is_told_less(was: tuple[str, ...], now: tuple[str, ...], evidence: Evidence) -> bool:
    added = set(now) - set(was) - _LEAVES_OUT
    lost = set(was) - set(now) - _LEAVES_OUT
    return not all(map(_is_folder, lost)) or not all(
        _is_new_folder(word, evidence) for word in added
    )


def _is_folder(word: str) -> bool:
    return word.endswith(("/", "/**"))


def _is_new_folder(word: str, evidence: Evidence) -> bool:
    folder = word.removesuffix("**").rstrip("/")
    return _is_folder(word) and not any(
        f"/{folder}/" in f"/{one}" for one in evidence.files_at_base
    )
