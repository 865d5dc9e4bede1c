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


def needs_release(rule: str) -> bool:
    """Whether that which `rule` asks about cannot happen inside a sandbox, so that a human's yes
    means that it runs without one.
    """
    return rule not in INSIDE_RULES
