"""What runs of pytest mean. Exit code and probe must agree, or they mean nothing."""

from __future__ import annotations

from engine.checks.output import last_line
from engine.checks.pytest_account import (
    EXIT_HUNG,
    INTERNAL_ERROR,
    INTERRUPTED,
    MISUSED,
    Account,
    Harm,
)
from engine.checks.pytest_findings import findings_of, one_line
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, Finding

_NO_TESTS = 5
_NAMED = 3
_MEANING = {
    INTERRUPTED: "pytest was interrupted",
    INTERNAL_ERROR: "pytest had an internal error",
    MISUSED: "pytest refused its arguments or configuration",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The part of a result that needs judgement."""

    outcome: CheckOutcome
    failures: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    explanation: str = ""


def read_outcome(
    account: Account, output: str, *, out_of: str = "", not_found: tuple[str, ...] = ()
) -> Reading:
    """What exit code and probe say together.

    Args:
        account: all runs.
        output: end of the last run's output, to explain what the probe could not see.
        out_of: the limit that ended the runs before their end, such as `9 s`; empty: none did.
        not_found: tests that were asked for and are not there.
    """
    findings = findings_of(account, not_found)
    failures = {finding.id for finding in findings}
    fault = _fault(account, output, failures)
    if out_of:
        outcome, explanation = CheckOutcome.TIMEOUT, _stopped(account, out_of)
        failures |= set(account.running)
    elif fault:
        outcome, explanation = CheckOutcome.BROKEN, fault
        failures |= set(account.running)
    else:
        if ending := _ending_that_tells(account, failures):
            failures.add(ending)
            findings = (*findings, _exit_finding(account, ending, output))
        outcome = CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN
        explanation = _harm(account, not_found)
    return Reading(
        outcome=outcome,
        failures=tuple(sorted(failures)),
        findings=findings,
        explanation=explanation,
    )


def _ending_that_tells(account: Account, failures: set[str]) -> str:
    """A failure that only the end of the process tells; empty: none."""
    code = account.exit_code
    if account.hangs_at_exit:
        return EXIT_HUNG
    if code is not None and code < 0:
        return f"exit-signal-{-code}"
    return "" if failures or code in (None, 0, _NO_TESTS) else f"exit-{code}"


def _exit_finding(account: Account, ending: str, output: str) -> Finding:
    said = f"pytest {_ending(account.exit_code)}: {last_line(output)}"
    return Finding(rule="pytest-exit", message=one_line(said), id=ending)


def _fault(account: Account, output: str, failures: set[str]) -> str:
    """Why the runs prove nothing; empty if they do prove something."""
    if account.foreign:
        shown = _names(account.foreign)
        return f"tests imported {shown} from the main checkout instead of the tree under test"
    if account.is_damaged:
        return "the account of the tests was damaged, or written by something else than the probe"
    is_conftest = bool(account.uncollected or account.harmful_files) and not account.outcomes
    if not account.is_finished:
        return "" if is_conftest and not account.running else _early_end(account, output)
    code = account.exit_code
    if code in (INTERNAL_ERROR, MISUSED) or (code == INTERRUPTED and not failures):
        return f"{_MEANING[code]}{_while_running(account)}: {last_line(output)}"
    if account.is_serial and not (account.harmful_tests or account.harmful_files):
        return "pytest ended early with several processes, and not with one: nobody can be named"
    if account.unaccounted:
        return f"pytest {_ending(code)} but left out {account.unaccounted} collected tests"
    return ""


def _early_end(account: Account, output: str) -> str:
    code = account.exit_code
    where = _while_running(account)
    if code in _MEANING:
        return f"{_MEANING[code]}{where}: {last_line(output)}"
    if code is None or code < 0:
        return f"pytest {_ending(code)}{where}"
    return f"pytest {_ending(code)} before its end{where}: {last_line(output) or 'no output'}"


def _ending(code: int | None) -> str:
    if code is None:
        return "was stopped"
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def _stopped(account: Account, out_of: str) -> str:
    harm = _harm(account, ())
    left = f"; {account.unaccounted} tests have no result" if account.unaccounted else ""
    return f"stopped after {out_of}{_while_running(account)}{left}{'; ' if harm else ''}{harm}"


def _while_running(account: Account) -> str:
    return f" while {_names(account.running)} ran" if account.running else ""


def _harm(account: Account, not_found: tuple[str, ...]) -> str:
    """Who hung or crashed, who claimed what is not so, and what is not there."""
    parts = []
    for harm in Harm:
        named = (*account.harmful_files.items(), *account.harmful_tests.items())
        if harmful := [name for name, did in named if did is harm]:
            parts.append(f"{harm}: {_names(harmful)}")
    if forged := [test for test, red in account.red.items() if red.is_forged]:
        parts.append(f"reported as passed although it is not: {_names(forged)}")
    if account.hangs_at_exit:
        parts.append("pytest did not end after its last test")
    if not_found:
        parts.append(f"not found: {_names(not_found)}")
    return "; ".join(parts)


def _names(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
