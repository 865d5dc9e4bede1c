"""Operations of git, wherever its global options stand."""

from __future__ import annotations

import re

from engine.governance.shell_values import Command

_TAKES_VALUE = (
    *("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"),
    *("--config-env", "--super-prefix"),
)
_OVER_NETWORK = ("push", "fetch", "pull", "clone", "ls-remote")
_FORCES = re.compile(
    r"-[a-zA-Z]*[fd][a-zA-Z]*|--(force|delete|mirror|prune|exec|receive-pack|upload).*"
)


def git_operation(command: Command) -> str:
    """The subcommand; empty: it is not git, or there is none."""
    if command.program != "git":
        return ""
    words = list(command.arguments)
    while words and words[0].startswith("-"):
        if words.pop(0) in _TAKES_VALUE and words:
            words.pop(0)
    return words[0] if words else ""


def is_plain_git(command: Command) -> bool:
    """Whether no option stands before the operation, nothing forces or deletes, and what it talks
    to is a remote by name.
    """
    is_first = bool(command.arguments) and not command.arguments[0].startswith("-")
    return is_first and not any(map(_is_special, command.arguments[1:]))


def _is_special(word: str) -> bool:
    is_place = ":" in word or "@" in word or word.startswith((".", "/", "~"))
    return is_place or word.startswith("+") or _FORCES.fullmatch(word) is not None


def rules_of_operation(operation: str) -> frozenset[str]:
    """Rules whose question about a plain operation is answered by naming it."""
    over_network = frozenset({"network", "git-push"})
    return over_network if operation in _OVER_NETWORK else frozenset({"git-history"})
