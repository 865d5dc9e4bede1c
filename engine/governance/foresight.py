"""What an action would touch, said before it happens, from the parse alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.domain.action import Action, ActionKind
from engine.governance.matching_hosts import hosts_fetched
from engine.governance.matching_packages import packages_only
from engine.governance.rules import quoted
from engine.governance.shell_values import Command
from engine.governance.shell_walk import Walk

_MOST = 20
_RUNS = "runs "
_DELETERS = frozenset({"rm", "rmdir", "unlink", "shred"})


def foreseen(action: Action, *, worktree: Path) -> tuple[str, ...]:
    """Each thing once, its verb first; what the parser cannot see is not in it. That a command of
    one program runs that program is not worth a line.
    """
    match action.kind:
        case ActionKind.READ_FILE:
            return (f"reads {quoted(action.target)}",)
        case ActionKind.WRITE_FILE:
            return (f"writes {quoted(action.target)}",)
        case ActionKind.RUN_COMMAND:
            pass
    steps = Walk(action.target, (worktree,), worktree).steps
    found = tuple(dict.fromkeys(line for step in steps for line in _of_command(step.command)))
    if len(found) == 1 and found[0].startswith(_RUNS):
        return ()
    more = (f"and {len(found) - _MOST} more",) if len(found) > _MOST else ()
    return found[:_MOST] + more


def _of_command(command: Command) -> Iterator[str]:
    if command.name:
        yield f"{_RUNS}{quoted(command.program)}"
    if command.program in _DELETERS:
        yield from (f"deletes {quoted(path)}" for path in command.operands)
    for host in hosts_fetched(command):
        yield f"contacts {quoted(host)}"
    for package in packages_only(command):
        yield f"installs {quoted(package)}"
    for redirect in command.redirects:
        if redirect.target and ">" in redirect.operator:
            yield f"writes {quoted(redirect.target)}"
        elif redirect.target and redirect.operator == "<":
            yield f"reads {quoted(redirect.target)}"
