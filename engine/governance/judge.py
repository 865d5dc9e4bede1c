"""The guardrails' one question: what is to be said of this action?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.domain.action import Action, ActionKind, Outcome, Ruling
from engine.governance.command_line import CommandJudge
from engine.governance.contract import AutonomyLevel, Contract
from engine.governance.contract_whole import as_a_whole, file_by_contract
from engine.governance.entries import EntryType
from engine.governance.rules import RULES, Finding, finding, gravity
from engine.governance.zones import Places, Zone

_FILE_RULES = {
    Zone.GUARDED: "protected-path",
    Zone.UNKNOWN: "not-understood",
    Zone.SECRET: "read-secret",
}
_LOOKS = "read"
_BY_ENTRY = "contract-allow"


def judge(
    action: Action, *, contract: Contract, worktree: Path, is_sandboxed: bool = False
) -> Ruling:
    """Judge `action` of an agent that works in `worktree`; `is_sandboxed`: a sandbox holds its
    commands.

    The most restrictive of its parts decides, among equals the most severe. Reads the files that a
    command would run, within bounds, and no others; follows links to see where paths lead.

    Never raises: whatever goes wrong inside is an ASK under `not-understood`, because a fault in a
    rule must neither stop the engine nor let the action pass.
    """
    try:
        found = _found(action, contract, Places.around(worktree, contract.protected))
        if is_sandboxed and is_closed(contract):
            found = [_held(one, action.kind, contract) for one in found]
        judged = [_by_levels(one, action.kind, contract) for one in found]
        decisive = max(judged, key=gravity)
        is_by_contract = any(map(_is_by_contract, judged))
    except Exception as error:  # noqa: BLE001 - a fault of any kind asks the operator
        note = f"the rules failed ({type(error).__name__})"
        decisive = finding("not-understood", action.target, note, confidence=0.0)
        is_by_contract = False
    return Ruling(
        outcome=decisive.outcome,
        rule=decisive.rule,
        effect=decisive.effect,
        confidence=decisive.confidence,
        why=decisive.why,
        severity=decisive.severity,
        is_by_contract=is_by_contract and decisive.outcome is Outcome.ALLOW,
    )


def _is_by_contract(one: Finding) -> bool:
    is_let_pass = one.outcome is Outcome.ALLOW and RULES[one.rule].outcome is not Outcome.ALLOW
    return is_let_pass or one.rule == _BY_ENTRY


def _found(action: Action, contract: Contract, places: Places) -> list[Finding]:
    if action.kind is ActionKind.RUN_COMMAND:
        found = CommandJudge(contract, places).judge(action.target)
    else:
        own = list(_file_findings(action, places))
        found = file_by_contract(action, own, contract, places.worktree)
    return as_a_whole(action, found, contract)


def _file_findings(action: Action, places: Places) -> Iterator[Finding]:
    """File tools: only paths inside the worktree pass; what git and the engine keep never does."""
    path = action.target
    is_write = action.kind is ActionKind.WRITE_FILE
    zone = places.literal_zone(path)
    if not path.strip() or not path.isprintable():
        yield finding("not-understood", path, "this is no usable path")
    elif zone in (Zone.INSIDE, Zone.WORKTREE):
        yield finding("write-inside" if is_write else "read", path, confidence=0.99)
    elif zone is Zone.GUARDED and not is_write and not places.is_git(path):
        yield finding("read", path)
    elif zone in _FILE_RULES and not (is_write and zone is Zone.SECRET):
        yield finding(_FILE_RULES[zone], path)
    else:
        yield finding("write-outside" if is_write else "read-outside", path)


def is_closed(contract: Contract) -> bool:
    """Whether what a sandbox holds can reach no network and no path that the contract protects:
    with a hole in it the contract's entries for held commands mean nothing.
    """
    return not contract.hosts and not contract.protected


def _held(one: Finding, kind: ActionKind, contract: Contract) -> Finding:
    """Without the questions that the contract answers for held commands."""
    is_answered = (
        kind is ActionKind.RUN_COMMAND
        and one.outcome is Outcome.ASK
        and contract.allowed.has(EntryType.HELD, one.rule)
        and not contract.insists_on(one.rule)
    )
    return _with(one, Outcome.ALLOW, "held by the sandbox") if is_answered else one


def _by_levels(one: Finding, kind: ActionKind, contract: Contract) -> Finding:
    """What autonomy level and rule lists of the contract make of one finding."""
    if one.outcome is Outcome.DENY:
        return one
    if one.rule in contract.denied_rules:
        return _with(one, Outcome.DENY)
    if one.rule in contract.asked_rules:
        return _with(one, Outcome.ASK)
    if one.outcome is Outcome.ASK:
        return _with(one, Outcome.ALLOW) if one.rule in contract.allowed_rules else one
    is_free = contract.allowed.has(EntryType.KIND, kind)
    if contract.autonomy is AutonomyLevel.L0_5 and one.rule != _LOOKS and not is_free:
        return finding("autonomy", one.why, confidence=one.confidence)
    return one


def _with(one: Finding, outcome: Outcome, reason: str = "by contract") -> Finding:
    return Finding(
        rule=one.rule,
        outcome=outcome,
        severity=one.severity,
        effect=RULES[one.rule].effect,
        why=f"{one.why} ({reason})",
        confidence=one.confidence,
    )
