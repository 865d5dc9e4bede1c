"""Does anything show what the change is for?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.verdict import Reason, TestOutcome
from engine.domain.work import TaskType
from engine.ralph.evidence import RAN_TO_ITS_END, Evidence
from engine.ralph.ground import Ground
from engine.ralph.runs import accounts
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.wording import named


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
    elif gone := _went_with_their_file(evidence, known - left):
        message = f"the findings went away because their file did: {named(gone)}"
        step = "see whether nobody needs the file; accept it with 'v' then, or retry the task"
        yield Ground(Reason(rule="nothing-improved", message=message), next_step=step)


def _went_with_their_file(evidence: Evidence, cured: set[tuple[str, str]]) -> frozenset[str]:
    """The files, if all that is cured was in files that are removed and not moved."""
    removed = {change.path for change in evidence.changes if change.after is None}
    moved = {path for path in removed if _is_moved(path, evidence)}
    files = {failure.partition(":")[0] for _, failure in cured}
    return frozenset(files) if files <= removed - moved else frozenset()


def _is_moved(path: str, evidence: Evidence) -> bool:
    """Whether most lines of the removed file stand in one that is new."""
    lines = next(_lines(change.before) for change in evidence.changes if change.path == path)
    return any(
        2 * len(lines & _lines(change.after)) >= len(lines) > 0
        for change in evidence.changes
        if change.before is None
    )


def _lines(content: bytes | None) -> set[bytes]:
    return {line.strip() for line in (content or b"").splitlines() if line.strip()}


def effect_is_seen(evidence: Evidence) -> Iterator[Ground]:
    """Without target tests something must show that the change does what it is for: a test or a
    finding that was red and is green, or a green test that was not there before and is not green
    without the change.
    """
    if not _must_show_effect(evidence) or _cured(evidence) or new_green_tests(evidence):
        return
    idle = evidence.green_without_change
    seen = f"; {named(idle)} pass without the change too" if idle else ""
    message = (
        "no target test is named, nothing that was red is green now and no new test passes that "
        f"needs the change, so nothing shows what it does{seen}; add a test that shows it"
    )
    yield Ground(Reason(rule="no-effect-seen", message=message))


def rests_on_new_tests(evidence: Evidence) -> bool:
    """Whether nothing but new tests shows the effect, so that they must be red without it. A task
    that is to write tests for what is there already need not show that.
    """
    is_about_tests = evidence.task_type in MAY_EDIT_TESTS
    return _must_show_effect(evidence) and not _cured(evidence) and not is_about_tests


def new_green_tests(evidence: Evidence) -> frozenset[str]:
    """Green tests that were not there, or not green, at the base commit, and are not green there
    when they are brought there.
    """
    left = _left(evidence)
    return frozenset(
        test
        for account in accounts(evidence)
        for test, outcome in account.report.tests.items()
        if outcome is TestOutcome.PASSED
        and account.before.tests.get(test) is not TestOutcome.PASSED
        and (account.result.name, test) not in left
        and test not in evidence.green_without_change
    )


def _must_show_effect(evidence: Evidence) -> bool:
    is_judged_elsewhere = evidence.task_type is TaskType.CODE_QUALITY or evidence.targets
    return evidence.needs_effect and not is_judged_elsewhere and _ran_tests(evidence)


def _cured(evidence: Evidence) -> set[tuple[str, str]]:
    known = _failures({name: b.failures for name, b in evidence.baseline.checks.items()})
    return known - _left(evidence)


def _ran_tests(evidence: Evidence) -> bool:
    """Whether all checks ran to their end, and tests with them; else other rules object."""
    results = [report.result for report in evidence.reports]
    is_whole = all(result.outcome in RAN_TO_ITS_END for result in results)
    return is_whole and any(result.tests_executed for result in results)


def _left(evidence: Evidence) -> set[tuple[str, str]]:
    """Everything red, in whichever run."""
    reports = (*evidence.reports, *evidence.base_test_reports)
    return {(r.result.name, failure) for r in reports for failure in r.result.failures}


def _failures(by_check: dict[str, frozenset[str]]) -> set[tuple[str, str]]:
    return {(name, failure) for name, failures in by_check.items() for failure in failures}
