"""What a ruling means where a sandbox holds the commands of agents."""

from __future__ import annotations

INSIDE_RULES = frozenset(
    {
        "read", "write-inside", "project-code", "not-understood", "unknown-program", "inline-code",
        "protected-path", "delete-worktree", "git-history", "git-config", "shell-environment",
        "interactive", "resource-abuse", "autonomy", "contract-unreadable",
    }
)  # fmt: skip
"""Rules whose effects happen in the worktree or not at all: where a human allows what one of them
asks about, it still runs held.
"""

HOLDABLE_RULES = frozenset(
    {
        "not-understood", "unknown-program", "inline-code", "run-outside", "read-outside",
        "write-outside", "delete-outside", "process-control", "shell-environment", "interactive",
        "resource-abuse",
    }
)  # fmt: skip
"""Rules that a contract may answer for held commands alone: what they find comes to nothing inside.
Not among them is what leaves by the holes that a sandbox has on purpose: the worktree itself with
its protected paths and history, and hosts that a contract names.
"""


def needs_release(rule: str) -> bool:
    """Whether that which `rule` asks about cannot happen inside a sandbox, so that a human's yes
    means that it runs without one.
    """
    return rule not in INSIDE_RULES
