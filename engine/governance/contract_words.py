"""A contract in words, for the agent that is held to it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.governance.contract import AutonomyLevel, Contract

_LEVELS = {
    AutonomyLevel.L0_5: "Every write, also inside the worktree, waits for the operator's approval.",
    AutonomyLevel.L1: "You work alone inside the worktree; risky actions wait for the operator.",
    AutonomyLevel.L2: "You work alone inside the worktree and within this contract.",
}


def in_words(contract: Contract) -> str:
    """A few lines; what stands in no list is not mentioned."""
    lines = [
        f"Autonomy level {contract.autonomy.value}. {_LEVELS[contract.autonomy]}",
        "You may read and change files inside the worktree, run its tests, checkers and "
        "scripts, and commit.",
        "The operator is asked about: paths outside the worktree, `.git` and `.aibrain`, the "
        "network, package installs, rewriting git history, other branches, pushing, secrets, "
        "other processes, privileges, unknown programs, and commands that hide what they do.",
        "Write plain commands: what cannot be understood waits for the operator.",
    ]
    named = (
        ("Allowed besides", contract.allow),
        ("Programs allowed besides", contract.programs),
        ("Asked about besides", contract.ask),
        ("Protected paths", contract.protected),
        ("Refused", contract.deny),
        ("Limits of the whole task", tuple(limits_in_words(contract))),
    )
    lines += [f"{title}: {', '.join(entries)}." for title, entries in named if entries]
    return "\n".join(lines)


def limits_in_words(contract: Contract) -> Iterator[str]:
    """Each limit there is."""
    limits = contract.limits
    if limits.cost_usd is not None:
        yield f"{limits.cost_usd:.2f} USD"
    if limits.minutes is not None:
        yield f"{limits.minutes:g} minutes"
    if limits.changed_lines is not None:
        yield f"{limits.changed_lines} changed lines"
    if limits.changed_files is not None:
        yield f"{limits.changed_files} changed files"
