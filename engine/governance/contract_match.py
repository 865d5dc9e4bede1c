"""What the lists of a contract make of one simple command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.domain.action import Outcome
from engine.governance.contract import Contract
from engine.governance.entries import Entries, EntryType
from engine.governance.matching_git import git_operation, is_plain_git, rules_of_operation
from engine.governance.matching_hosts import hosts_fetched, names_host
from engine.governance.matching_packages import packages_named, packages_only
from engine.governance.matching_paths import Touch, touches
from engine.governance.rules import Finding, finding
from engine.governance.shell_values import Command
from engine.governance.shell_words import is_hidden

_FETCHING = frozenset({"network"})
_INSTALLING = frozenset({"package-install"})


def by_contract(
    command: Command,
    found: list[Finding],
    *,
    contract: Contract,
    worktree: Path,
    folders: tuple[Path, ...],
) -> list[Finding]:
    """What is to be said of the command; the lists never loosen a denial.

    Args:
        found: what the rules say of it.
        folders: where it may run; none: unknown.
    """
    words = (command.program, *command.arguments)
    if contract.denied.has_command(words):
        return [*found, finding("contract-deny", command.text)]
    named = list(_named(command, found, contract, worktree, folders))
    if named:
        return found + named
    if contract.asked.has_command(words):
        return [*found, finding("contract-ask", command.text)]
    return _loosened(command, words, found, contract)


def _named(
    command: Command,
    found: list[Finding],
    contract: Contract,
    worktree: Path,
    folders: tuple[Path, ...],
) -> Iterator[Finding]:
    """Hosts, packages, operations and paths that are denied or asked about."""
    for entries, rule in ((contract.denied, "contract-deny"), (contract.asked, "contract-ask")):
        for what in _what_is_named(command, found, entries):
            yield finding(rule, command.text, what)
        for touch, glob in touches(command, entries.of(EntryType.PATH), worktree, folders):
            is_sure = touch is Touch.SURE
            note = f"path:{glob}" if is_sure else f"perhaps path:{glob}"
            yield finding(rule if is_sure else "contract-ask", command.text, note)


def _what_is_named(command: Command, found: list[Finding], entries: Entries) -> Iterator[str]:
    for host in entries.of(EntryType.HOST):
        is_network = any(one.rule in ("network", "git-push") for one in found)
        if names_host(command, host) or (host == "*" and is_network):
            yield f"host:{host}"
    for package in packages_named(command):
        if entries.matches(EntryType.PACKAGE, package):
            yield f"package:{package}"
    operation = git_operation(command)
    if operation and entries.has(EntryType.GIT, operation):
        yield f"git:{operation}"


def _loosened(
    command: Command, words: tuple[str, ...], found: list[Finding], contract: Contract
) -> list[Finding]:
    """Without the questions that the list answers with yes."""
    allowed = contract.allowed
    if allowed.has_command(words):
        answered = frozenset(one.rule for one in found)
    else:
        answered = frozenset(_answered(command, allowed))
    kept = [one for one in found if not is_answered(one, answered, contract)]
    if len(kept) == len(found) and not allowed.has_command(words):
        return found
    return [*kept, finding("contract-allow", command.text)]


def is_answered(one: Finding, answered: Iterable[str], contract: Contract) -> bool:
    """Whether it is a question of one of the rules `answered`, and the contract does not insist."""
    is_question = one.outcome is Outcome.ASK and one.rule in answered
    return is_question and not contract.insists_on(one.rule)


def _answered(command: Command, allowed: Entries) -> Iterator[str]:
    """Rules whose questions about this command are answered."""
    if command.assignments or any(is_hidden(word) for word in command.words):
        return
    hosts = hosts_fetched(command) if allowed.of(EntryType.HOST) else ()
    if hosts and all(_is_listed(host, allowed) for host in hosts):
        yield from _FETCHING
    packages = packages_only(command) if allowed.of(EntryType.PACKAGE) else ()
    if packages and all(allowed.matches(EntryType.PACKAGE, name) for name in packages):
        yield from _INSTALLING
    operation = git_operation(command)
    if operation and allowed.has(EntryType.GIT, operation) and is_plain_git(command):
        yield from rules_of_operation(operation)


def _is_listed(host: str, allowed: Entries) -> bool:
    """`*` alone is for `ask` and `deny`: who allows every host writes `rule:network`."""
    return any(glob != "*" and _fits(host, glob) for glob in allowed.of(EntryType.HOST))


def _fits(host: str, glob: str) -> bool:
    if glob.startswith("*."):
        return host.endswith(glob[1:].lower())
    return host == glob.lower()
