"""A check whose tests are lines of files, so that verification can be tried without a tool.

A line `name word` below `tests/` is a test: green if `app.txt` holds the word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, Finding, TestOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One run of the check."""

    only: tuple[str, ...]
    files: frozenset[str]
    """What the tree held."""
    hanging: frozenset[str] = frozenset()
    """The tests it was told to give little time."""


@dataclass(kw_only=True)
class LineChecker:
    """Runs such tests."""

    name: str = "lines"
    selects_tests: bool = True
    duration_s: float = 0.1
    calls: list[Call] = field(default_factory=list)
    is_broken: Callable[[], bool] = lambda: False
    luck: dict[str, Iterator[bool]] = field(default_factory=dict)
    """Overrides of single tests, one value a run."""
    on_run: Callable[[Path], None] = lambda tree: None
    hangs: frozenset[str] = frozenset()
    """Red tests that are red because they hang."""
    hanging: frozenset[str] = frozenset()

    async def run(
        self,
        tree: Path,
        *,
        on_output: Callable[[bytes], None] | None = None,
        only: tuple[str, ...] = (),
    ) -> CheckReport:
        """See `Checker.run`."""
        self.calls.append(Call(only=only, files=_files_in(tree), hanging=self.hanging))
        if on_output:
            on_output(b"some output\n")
        self.on_run(tree)
        if self.is_broken():
            return CheckReport(result=self._result(CheckOutcome.BROKEN, ()))
        tests = {
            test: outcome
            for test, outcome in self._tests(tree)
            if not only or any(test.startswith(wanted) for wanted in only)
        }
        red = tuple(sorted(test for test, seen in tests.items() if seen is TestOutcome.FAILED))
        outcome = CheckOutcome.FINDINGS if red else CheckOutcome.CLEAN
        return CheckReport(
            result=self._result(outcome, red, len(tests)),
            tests=tests,
            findings=tuple(
                Finding(rule="test-hung", message="it hung", id=test)
                for test in red
                if test in self.hangs
            ),
        )

    def knowing(self, hanging: frozenset[str]) -> LineChecker:
        """The same check, told which tests to give little time."""
        self.hanging = hanging
        return self

    def _tests(self, tree: Path) -> Iterator[tuple[str, TestOutcome]]:
        words = (tree / "app.txt").read_text(encoding="utf-8").split()
        for path in sorted((tree / "tests").glob("*.txt")):
            for line in path.read_text(encoding="utf-8").splitlines():
                name, word = line.split()
                test = f"tests/{path.name}::{name}"
                is_green = next(self.luck[test]) if test in self.luck else word in words
                yield test, TestOutcome.PASSED if is_green else TestOutcome.FAILED

    def _result(
        self, outcome: CheckOutcome, failures: tuple[str, ...], executed: int = 0
    ) -> CheckResult:
        return CheckResult(
            name=self.name,
            command=("lines", "--all"),
            outcome=outcome,
            exit_code=int(bool(failures)),
            duration_s=self.duration_s,
            tests_executed=executed,
            failures=failures,
            tail="the end of the output",
            explanation="the tool is missing" if outcome is CheckOutcome.BROKEN else "",
        )


def _files_in(tree: Path) -> frozenset[str]:
    return frozenset(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file())
