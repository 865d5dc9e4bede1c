"""What a run of pytest found, one by one, with its places."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.pytest_account import COLLECTION, Account, Harm
from engine.domain.verdict import Finding, TestOutcome

_MESSAGE_CHARS = 200
_RULE = {Harm.HUNG: "test-hung", Harm.CRASHED: "test-crashed"}
_TEST_DID = {
    Harm.HUNG: "did not end within its limit",
    Harm.CRASHED: "ended the whole run of pytest",
}
_IMPORT_DID = {
    Harm.HUNG: "its import did not end within the limit",
    Harm.CRASHED: "its import ended the whole run of pytest",
}


def findings_of(account: Account, not_found: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """One finding per red test, per file that could not be collected, and per test that was asked
    for and is not there; sorted by id.
    """
    every = (*_tests(account), *_files(account), *map(_missing, not_found))
    return tuple(sorted(every, key=lambda finding: finding.id))


def _tests(account: Account) -> Iterator[Finding]:
    for test, outcome in account.outcomes.items():
        if outcome is TestOutcome.FAILED:
            harm = account.harmful_tests.get(test)
            yield _harmful(test, harm) if harm else _red(test, account)


def _harmful(test: str, harm: Harm) -> Finding:
    return Finding(rule=_RULE[harm], message=_TEST_DID[harm], path=_file_of(test), id=test)


def _red(test: str, account: Account) -> Finding:
    red = account.red[test]
    said = "it was reported as passed and is not: " if red.is_forged else ""
    return Finding(
        rule="test-crashed" if red.is_crash else "test-red",
        message=one_line(said + red.message) or "failed",
        path=red.path or _file_of(test),
        line=red.line,
        id=test,
    )


def _files(account: Account) -> Iterator[Finding]:
    messages = account.uncollected | {
        file: _IMPORT_DID[harm] for file, harm in account.harmful_files.items()
    }
    for file, message in messages.items():
        yield Finding(
            rule="collection-error",
            message=one_line(message) or "it could not be collected",
            path=_file_of(file),
            id=f"{file or '.'}{COLLECTION}",
        )


def _missing(test: str) -> Finding:
    message = "no such test was collected"
    return Finding(rule="test-not-found", message=message, path=_file_of(test), id=test)


def _file_of(test: str) -> str:
    return test.split("::", 1)[0]


def one_line(text: str) -> str:
    """At most 200 characters of `text`, without anything that could steer a terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)[:_MESSAGE_CHARS]
