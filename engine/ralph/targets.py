"""Do the task's own target tests hold?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from engine.domain.verdict import CheckReport, Reason, TestOutcome
from engine.ralph.wording import named, said_of


def covers(target: str, test: str) -> bool:
    """Whether the test belongs to the target: itself, one of its parameters, a test of its class or
    its `describe`, its file or its folder.

    >>> covers("tests/test_a.py", "tests/test_a.py::test_x[1]")
    True
    >>> covers("src/a.test.ts::bill", "src/a.test.ts::bill > adds up")
    True
    >>> covers("tests/test_a.py::test_x", "tests/test_a.py::test_xy")
    False
    """
    target = target.strip().removeprefix("./").rstrip("/")
    if not test.startswith(target) or not target:
        return False
    rest = test[len(target) :]
    return not rest or rest.startswith(("[", "::", "/", " > "))


def target_reasons(targets: tuple[str, ...], reports: tuple[CheckReport, ...]) -> Iterator[Reason]:
    """What is wrong with the targets; nothing if each is green."""
    tests = _worst(chain.from_iterable(report.tests.items() for report in reports))
    uncollected = [
        failure.removesuffix("::collection")
        for report in reports
        for failure in report.result.failures
        if failure.endswith("::collection")
    ]
    for target in targets:
        yield from _reasons_of(target, tests, uncollected, reports)


def _worst(seen: Iterable[tuple[str, TestOutcome]]) -> dict[str, TestOutcome]:
    """Each test's outcome; of one that several checks ran, red before green before skipped."""
    order = (TestOutcome.FAILED, TestOutcome.PASSED, TestOutcome.SKIPPED)
    tests: dict[str, TestOutcome] = {}
    for test, outcome in seen:
        tests[test] = min(outcome, tests.get(test, outcome), key=order.index)
    return tests


def _reasons_of(
    target: str,
    tests: Mapping[str, TestOutcome],
    uncollected: list[str],
    reports: tuple[CheckReport, ...],
) -> Iterator[Reason]:
    seen = {test: outcome for test, outcome in tests.items() if covers(target, test)}
    red = sorted(test for test, outcome in seen.items() if outcome is TestOutcome.FAILED)
    broken = [path for path in uncollected if covers(path, target) or covers(target, path)]
    if red:
        message = f"target {named([target])} is red{'' if red == [target] else f': {named(red)}'}"
        yield Reason(rule="target-test-red", message=message, evidence=_said(reports, red))
    elif broken:
        message = f"target {named([target])} could not be collected: {named(broken)}"
        evidence = _said(reports, [f"{path}::collection" for path in broken])
        yield Reason(rule="target-test-red", message=message, evidence=evidence)
    elif not seen:
        message = f"target {named([target])} was not found among {len(tests)} collected tests"
        yield Reason(rule="target-test-missing", message=message)
    elif TestOutcome.PASSED not in seen.values():
        message = f"target {named([target])} was skipped, so it proves nothing"
        yield Reason(rule="target-test-skipped", message=message)


def _said(reports: tuple[CheckReport, ...], failures: list[str]) -> str:
    wanted = set(failures)
    for report in reports:
        if wanted.intersection(report.result.failures):
            return said_of(report, wanted)
    return ""
