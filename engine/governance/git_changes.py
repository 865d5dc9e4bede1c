"""Subcommands of git that may change something, each with its judge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance.rules import Finding, finding
from engine.governance.scene import (
    Handler,
    Scene,
    paths_in_options,
    values_of,
)
from engine.governance.shell_values import UNKNOWN, Command
from engine.governance.zones import Zone

_WHOLE_TREE = (".", ":/", "*", ":", "./", "..")


def shown(command: Command) -> str:
    """The subcommand as people write it."""
    return f"git {command.text}"


def _writing(command: Command, scene: Scene) -> Iterator[Finding]:
    """Subcommands that change files inside or add commits."""
    yield finding("write-inside", shown(command))
    if {"--abort", "--skip", "--quit"} & set(command.options):
        yield finding("git-history", shown(command), "it drops uncommitted work")
    if any(
        option.startswith(("--unsafe-paths", "--template", "--exec")) for option in command.options
    ):
        yield finding("inline-code", shown(command))
    for path in (*command.operands, *values_of(command, "-F", "--file", "-o", "--output")):
        if path.startswith(("/", "~", "..")):
            yield from scene.writes(path)
    for _name, path in paths_in_options(command):
        if path.startswith(("/", "~", "..")):
            yield from scene.writes(path)


def _commit(command: Command, scene: Scene) -> Iterator[Finding]:
    for path in values_of(command, "-F", "--file", "-t", "--template", "--pathspec-from-file"):
        yield from scene.reads(path)
    yield finding("write-inside", shown(command))
    if any(
        option.startswith(("--amend", "--fixup=amend", "--fixup=reword"))
        for option in command.options
    ):
        yield finding("git-history", shown(command))


def _restore(command: Command, scene: Scene) -> Iterator[Finding]:
    is_staged = "--staged" in command.options or command.has_short("S")
    only_index = is_staged and not ("--worktree" in command.options or command.has_short("W"))
    if not only_index and any(path in _WHOLE_TREE for path in command.operands):
        yield finding("git-history", shown(command), "it drops all uncommitted work")
    yield from _writing(command, scene)


def _rm(command: Command, scene: Scene) -> Iterator[Finding]:
    yield finding("write-inside", shown(command))
    if "--cached" not in command.options:
        for path in command.operands:
            yield from scene.deletes(path)


def _begins_a_branch(command: Command, option: str) -> bool:
    """Whether it only goes on from here under another name; the engine brings the work back."""
    words = [word for word in command.arguments if word not in ("-q", "--quiet")]
    if len(words) == 1 and len(option) == 2:
        return re.fullmatch(rf"-q?{option[1]}[\w/][\w./-]*", words[0]) is not None
    is_given = len(words) == 2 and words[0] in (option, f"-q{option[1]}")
    return is_given and not words[1].startswith("-")


def _switch(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    is_new = _begins_a_branch(command, "-c") or _begins_a_branch(command, "--create")
    yield finding("write-inside" if is_new else "git-history", shown(command))


def _checkout(command: Command, scene: Scene) -> Iterator[Finding]:
    """Only `checkout [REV] -- PATH...` stays on the branch."""
    if _begins_a_branch(command, "-b"):
        yield finding("write-inside", shown(command))
        return
    if "--" not in command.arguments:
        yield finding("git-history", shown(command), "it moves to another branch or commit")
        return
    paths = command.arguments[command.arguments.index("--") + 1 :]
    yield from _restore(Command(name="restore", arguments=paths), scene)


def _reset(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    harsh = {"--hard", "--merge", "--keep", "--soft"} & set(command.options)
    moves = [word for word in command.operands[:1] if re.search(r"[~^@]|^[0-9a-f]{7,40}$|/", word)]
    is_path = bool(moves) and "--" in command.arguments
    if harsh or (moves and not is_path and "." not in moves[0]) or UNKNOWN in command.text:
        yield finding("git-history", shown(command))
    yield finding("write-inside", shown(command))


def _listing_or(rule: str, *looks: str, lists_options: tuple[str, ...] = ()) -> Handler:
    """A subcommand whose words in `looks` only look (an empty one: no word at all)."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        del scene
        verb = command.operands[0] if command.operands else ""
        has_list = any(
            option.startswith(lists_options) for option in command.options if lists_options
        )
        if not has_list and verb not in looks:
            yield finding(rule, shown(command))

    return judge


def _stash(command: Command, scene: Scene) -> Iterator[Finding]:
    """All worktrees of a repository share one stash, so what lies there is the operator's."""
    del scene
    verb = command.operands[0] if command.operands else "push"
    if verb not in ("list", "show"):
        yield finding("git-history", shown(command))


_PLAIN_MERGE = frozenset(
    ["--no-ff", "--ff-only", "--ff", "--no-commit", "--no-edit", "--squash", "-m", "-q", "--quiet"]
)


def _merge(command: Command, scene: Scene) -> Iterator[Finding]:
    """Adds the commits of another branch; giving it up drops uncommitted work."""
    del scene
    is_plain = bool(command.operands) and _PLAIN_MERGE.issuperset(command.options)
    yield finding("write-inside" if is_plain else "git-history", shown(command))


def _tag(command: Command, scene: Scene) -> Iterator[Finding]:
    """A new tag is a name more; to move or delete one takes from others."""
    for path in values_of(command, "-F", "--file"):
        yield from scene.reads(path)
    looks = not command.operands or any(
        option.startswith(("-l", "--list", "-n", "--contains", "--points-at", "--merged"))
        for option in command.options
    )
    plain = {"-a", "--annotate", "-m", "--message", "-am", "-F"}
    adds = 0 < len(command.operands) <= 3 and plain.issuperset(command.options)
    if adds and not looks:
        yield finding("write-inside", shown(command))
    elif not looks:
        yield finding("git-history", shown(command))


def _branch(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    harsh = (
        "-D",
        "-d",
        "-M",
        "-m",
        "-C",
        "-f",
        "--delete",
        "--move",
        "--force",
        "--copy",
        "--edit",
    )
    if any(option.startswith(harsh) for option in command.options):
        yield finding("git-history", shown(command))
    if any(option.startswith(("-u", "--set-upstream", "--unset")) for option in command.options):
        yield finding("git-config", shown(command))
    if command.operands and not any(
        o.startswith(("--list", "--contains")) for o in command.options
    ):
        yield finding("write-inside", shown(command))


def _config(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    looks = ("--get", "--list", "-l", "--show-origin", "--name-only")
    operands = command.operands
    is_look = any(option.startswith(looks) for option in command.options) or (
        operands[:1] in (("get",), ("list",)) or len(operands) == 1
    )
    changes = ("--unset", "--edit", "-e", "--add", "--replace", "--rename", "--remove", "--comment")
    if is_look and not any(option.startswith(changes) for option in command.options):
        return
    is_wide = {"--global", "--system", "--file", "-f"} & set(command.options)
    persists = is_wide or re.search(r"(?i)hookspath|alias\.|fsmonitor|sshcommand", command.text)
    yield finding("persistence" if persists else "git-config", shown(command))


def _symbolic_ref(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    if len(command.operands) != 1 or command.has_short("d"):
        yield finding("git-history", shown(command))


def _clean(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    if not (command.has_short("n") or "--dry-run" in command.options):
        yield finding("git-history", shown(command), "it deletes files that no commit holds")


def _submodule(command: Command, scene: Scene) -> Iterator[Finding]:
    verb = command.operands[0] if command.operands else "status"
    if verb == "foreach":
        words = [word for word in command.arguments[1:] if word != "--recursive"]
        if len(words) == 1:
            yield from scene.judge_text(words[0])
        elif words:
            yield from scene.judge_command(Command(name=words[0], arguments=tuple(words[1:])))
    elif verb not in ("status", "summary"):
        yield finding("network", shown(command))


def _archive(command: Command, scene: Scene) -> Iterator[Finding]:
    if any(option.startswith(("--remote", "--exec")) for option in command.options):
        yield finding("network", shown(command))
    yield from _writing(command, scene)


def _init(command: Command, scene: Scene) -> Iterator[Finding]:
    targets = command.operands or (".",)
    for path in targets:
        if scene.places.zone(path, scene.folders) is Zone.WORKTREE:
            yield finding("git-config", shown(command), "the worktree is a repository already")
    yield from _writing(command, scene)


CHANGING: dict[str, Handler] = {
    **dict.fromkeys(
        ("add", "mv", "apply", "stage", "revert", "cherry-pick", "format-patch", "mailinfo"),
        _writing,
    ),
    "commit": _commit,
    "restore": _restore,
    "rm": _rm,
    "checkout": _checkout,
    "switch": _switch,
    "notes": _listing_or("git-history", "", "list", "show"),
    "bisect": _listing_or("git-history", "log", "view", "visualize-log"),
    "reset": _reset,
    "branch": _branch,
    "config": _config,
    "clean": _clean,
    "submodule": _submodule,
    "archive": _archive,
    "init": _init,
    "stash": _stash,
    "merge": _merge,
    "tag": _tag,
    "worktree": _listing_or("git-history", "list"),
    "reflog": _listing_or("git-history", "", "show", "HEAD", "exists"),
    "symbolic-ref": _symbolic_ref,
    "remote": _listing_or("network", "", "get-url", "-v"),
    "bundle": _listing_or("git-history", "verify", "list-heads"),
    "hash-object": _listing_or("git-history", "", lists_options=("--stdin",)),
}
