"""What several runs of pytest on one tree add up to.

A test that hangs, or ends the whole run, costs its run: it is named, and the next run goes on with
the tests that are left.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from enum import StrEnum

from engine.checks.probe_log import WORKERS, ProbeLog, RedTest
from engine.checks.pytest_watch import Watched
from engine.domain.verdict import TestOutcome

INTERRUPTED, INTERNAL_ERROR, MISUSED = 2, 3, 4
_HOPELESS = frozenset({INTERNAL_ERROR, MISUSED})
COLLECTION = "::collection"
EXIT_HUNG = "exit-hung"


class Harm(StrEnum):
    """What a test or file did to the run."""

    HUNG = "hung"
    CRASHED = "crashed"


@dataclass(slots=True, kw_only=True)
class Account:
    """The runs so far."""

    collected: set[str] = field(default_factory=set)
    outcomes: dict[str, TestOutcome] = field(default_factory=dict)
    red: dict[str, RedTest] = field(default_factory=dict)
    uncollected: dict[str, str] = field(default_factory=dict)
    harmful_tests: dict[str, Harm] = field(default_factory=dict)
    harmful_files: dict[str, Harm] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    is_damaged: bool = False
    is_finished: bool = True
    """Whether the last run came to its end, and not while it imported a file. Without a run there
    is nothing to be finished.
    """
    hangs_at_exit: bool = False
    is_serial: bool = False
    """Whether tests are to be run one at a time, because it was unclear which of them did harm."""
    exit_code: int | None = None
    """Of the last run; None: it was stopped."""
    running: tuple[str, ...] = ()
    """What was running when the last run was stopped at the limit of the whole check."""
    may_go_on: bool = True
    """Whether another run would tell more. After one that ended early, only if it is known why."""

    @property
    def unaccounted(self) -> int:
        """Number of collected tests that nothing is known of."""
        return len(self.collected - self.outcomes.keys())

    @property
    def executed(self) -> int:
        """Number of tests that ran and were not skipped."""
        return sum(outcome is not TestOutcome.SKIPPED for outcome in self.outcomes.values())

    @property
    def ignored(self) -> tuple[str, ...]:
        """What no further run may import: files, or the folder of a conftest.py."""
        return tuple(
            posixpath.dirname(file) if posixpath.basename(file) == "conftest.py" else file
            for file in self.harmful_files
            if file != "conftest.py"
        )

    def add(self, run: Watched) -> None:
        """Take in the next run."""
        known, blamed = len(self.outcomes), self._blamed
        log = run.log
        self.collected |= log.collected
        self.outcomes |= log.outcomes
        self.red |= log.red
        self.uncollected |= log.uncollected
        self.foreign = log.foreign or self.foreign
        self.is_damaged |= log.is_damaged
        self.is_finished = log.is_finished and not log.importing
        self.exit_code = run.exit_code
        is_own_fault = run.exit_code in _HOPELESS and log.is_finished
        if run.ended is None:
            self._blame(run.overdue, log)
        elif not run.ended.is_timeout:
            self._blame_crash(log, is_own_fault=is_own_fault)
        self.running = tuple(test for test in log.running if test not in self.outcomes)
        is_blamed = self._blamed > blamed
        if is_own_fault or not self.is_finished:
            self.may_go_on = is_blamed
        else:
            self.may_go_on = self.unaccounted > 0 and (is_blamed or len(self.outcomes) > known)
        self.may_go_on &= not (self.foreign or self.is_damaged)

    @property
    def _blamed(self) -> int:
        """Grows with each run that somebody is known to have ended early."""
        return len(self.harmful_tests) + len(self.harmful_files) + int(self.is_serial)

    def _blame(self, overdue: tuple[str, ...], log: ProbeLog) -> None:
        for step in overdue:
            if step == "":
                self.hangs_at_exit = True
            elif step == log.importing:
                self._blame_file(step, Harm.HUNG)
            else:
                self._blame_test(step, Harm.HUNG)

    def _blame_crash(self, log: ProbeLog, *, is_own_fault: bool) -> None:
        """An error that pytest calls its own is blamed on no test, but on an import."""
        if log.importing and log.importing not in log.uncollected:
            self._blame_file(log.importing, Harm.CRASHED)
        elif is_own_fault:
            return
        elif len(log.running) > 1 or (log.has_workers and not log.is_finished):
            self.is_serial = True
        elif log.running:
            self._blame_test(log.running[0], Harm.CRASHED)

    def _blame_test(self, test: str, harm: Harm) -> None:
        self.collected.add(test)
        self.outcomes[test] = TestOutcome.FAILED
        self.harmful_tests[test] = harm

    def _blame_file(self, file: str, harm: Harm) -> None:
        if file == WORKERS:
            self.is_serial = True
        else:
            self.harmful_files[file] = harm
