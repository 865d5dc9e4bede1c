"""What the lists of a contract make of a whole action: its kind, its line, the path of a file."""

from __future__ import annotations

from pathlib import Path

from engine.domain.action import Action, ActionKind
from engine.governance.contract import Contract
from engine.governance.contract_match import is_answered
from engine.governance.entries import Entries, EntryType
from engine.governance.matching_paths import glob_matching
from engine.governance.rules import Finding, finding
from engine.governance.zones import MAX_PATH_CHARS

_MAY_BE_READ = frozenset({"read-outside"})


def as_a_whole(action: Action, found: list[Finding], contract: Contract) -> list[Finding]:
    """`found`, and what the entries for kinds and whole lines say; a denial is never loosened."""
    for entries, rule in ((contract.denied, "contract-deny"), (contract.asked, "contract-ask")):
        named = _named(action, entries)
        if named:
            return [*found, finding(rule, action.target, named)]
    is_asked = any(one.rule == "contract-ask" for one in found)
    if is_asked or not contract.allowed.has(EntryType.LINE, action.target):
        return found
    rules = frozenset(one.rule for one in found)
    kept = [one for one in found if not is_answered(one, rules, contract)]
    return [*kept, finding("contract-allow", action.target, "line")]


def file_by_contract(
    action: Action, found: list[Finding], contract: Contract, worktree: Path
) -> list[Finding]:
    """`found`, and what the entries for paths say of the file of an action."""
    path = _followed(action.target, worktree)
    if path is None:
        return found
    for entries, rule in ((contract.denied, "contract-deny"), (contract.asked, "contract-ask")):
        glob = glob_matching(path, entries.of(EntryType.PATH), worktree)
        if glob is not None:
            return [*found, finding(rule, action.target, f"path:{glob}")]
    if action.kind is not ActionKind.READ_FILE:
        return found
    if glob_matching(path, contract.allowed.of(EntryType.PATH), worktree) is None:
        return found
    kept = [one for one in found if not is_answered(one, _MAY_BE_READ, contract)]
    return [*kept, finding("read", action.target, "the contract allows it")]


def _followed(raw: str, worktree: Path) -> Path | None:
    """Where a path of the file tools leads; None: nowhere."""
    if not raw.strip() or len(raw) > MAX_PATH_CHARS or "\0" in raw:
        return None
    return (worktree / raw).resolve()


def _named(action: Action, entries: Entries) -> str:
    if entries.has(EntryType.KIND, action.kind):
        return f"kind:{action.kind}"
    return "line" if entries.has(EntryType.LINE, action.target) else ""
