"""Git: what looks, what changes files, what rewrites history, what leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.governance.rules import Finding, finding
from engine.governance.scene import (
    SECRET_INSIDE,
    Handler,
    Scene,
    paths_in_options,
    values_of,
)
from engine.governance.shell_values import UNKNOWN, Command
from engine.governance.shell_words import is_hidden
from engine.governance.zones import Zone

_HARMLESS_SETTINGS = re.compile(
    r"(color|advice|log|status|column|user)\.[\w.-]+=.*|core\.(pager=(cat|less)?|quotepath=\w*|"
    r"editor=(true|:)|autocrlf=\w*)|diff\.(renames|algorithm|context|noprefix)=\w*|"
    r"(commit|tag)\.gpgsign=false|init\.defaultbranch=[\w/-]+|safe\.directory=\S*|gc\.auto=0|"
    r"core\.hookspath=/dev/null",
    re.IGNORECASE,
)
_LOOKING = frozenset(
    [
        "status",
        "diff",
        "log",
        "show",
        "blame",
        "annotate",
        "ls-files",
        "ls-tree",
        "rev-parse",
        "rev-list",
        "describe",
        "shortlog",
        "grep",
        "cat-file",
        "name-rev",
        "merge-base",
        "for-each-ref",
        "show-ref",
        "var",
        "count-objects",
        "check-ignore",
        "check-attr",
        "whatchanged",
        "cherry",
        "range-diff",
        "diff-tree",
        "diff-index",
        "diff-files",
        "version",
        "fsck",
        "verify-commit",
        "verify-tag",
        "show-branch",
        "column",
        "--version",
        "--help",
        "patch-id",
        "merge-tree",
    ]
)
_RULES = {
    "git-push": "push send-email request-pull svn p4 cvsexportcommit",
    "network": """fetch pull clone ls-remote lfs daemon instaweb http-fetch http-push fetch-pack
        send-pack upload-pack receive-pack archimport remote-http remote-https shell imap-send""",
    "git-history": """rebase filter-branch filter-repo gc prune repack replace update-ref am
        fast-import fast-export pack-refs read-tree write-tree commit-tree update-index mktag mktree
        checkout-index merge rerere sparse-checkout maintenance unpack-objects""",
    "read-secret": "credential credential-store credential-cache",
    "interactive": "help difftool mergetool gui gitk citool web--browse",
    "inline-code": "hook",
}
_RULE_OF = {name: rule for rule, names in _RULES.items() for name in names.split()}
_WHOLE_TREE = (".", ":/", "*", ":", "./", "..")


def git(command: Command, scene: Scene) -> Iterator[Finding]:
    """Global options first, then the subcommand."""
    words = list(command.arguments)
    while words and words[0].startswith("-") and words[0] not in ("--version", "--help"):
        word = words.pop(0)
        if word in ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"):
            value = words.pop(0) if words else ""
            scene, found = _global_option(word, value, scene)
            yield from found
        elif word.startswith(("--git-dir", "--work-tree", "--exec-path=", "--config-env", "-c")):
            yield finding("git-config", word)
    if not words:
        return
    if scene.places.zone(".", scene.folders, reads=True) is Zone.TEMP and words[0] != "init":
        yield finding(
            "run-outside", command.text, "git runs what a repository elsewhere configures"
        )
    inner = Command(name=words[0], arguments=tuple(words[1:]), fed=command.fed)
    yield from _subcommand(inner, command, scene)


def _global_option(option: str, value: str, scene: Scene) -> tuple[Scene, list[Finding]]:
    if option == "-C":
        found = list(scene.reads(value))
        folders = tuple(folder / value for folder in scene.folders)
        return replace(scene, folders=() if is_hidden(value) else folders), found
    if option == "-c" and _HARMLESS_SETTINGS.fullmatch(value):
        return scene, []
    return scene, [finding("git-config", f"{option} {value}")]


def _subcommand(inner: Command, command: Command, scene: Scene) -> Iterator[Finding]:
    name = inner.name
    if is_hidden(name):
        yield finding("not-understood", command.text, "its subcommand cannot be foreseen")
    elif name in _LOOKING:
        yield from _looking(inner, scene)
    elif name in _RULE_OF:
        yield finding(_RULE_OF[name], command.text)
    elif name in _JUDGES:
        yield from _JUDGES[name](inner, scene)
    else:
        yield finding("unknown-program", command.text, "perhaps an alias of git")


def _shown(command: Command) -> str:
    return f"git {command.text}"


def _looking(command: Command, scene: Scene) -> Iterator[Finding]:
    for option in command.options:
        if option.startswith(
            ("--ext-diff", "--open-files-in-pager", "--textconv", "--filters")
        ) or (command.name == "grep" and option.startswith("-O")):
            yield finding("inline-code", _shown(command))
    for path in values_of(command, "--output"):
        yield finding("write-inside", _shown(command))
        yield from scene.writes(path)
    for word in command.operands:
        path = word.rpartition(":")[2]
        if SECRET_INSIDE.search(path):
            yield finding("read-secret", path)
    pattern = 1 if command.name == "grep" else 0
    ranges = values_of(command, "-L", "-S", "-G", "--grep", "--author", "--format")
    for path in command.operands[pattern:]:
        if path in ranges:
            continue
        if path.startswith(("/", "~", "..")) or "--no-index" in command.options:
            yield from _revision_or_path(path, scene)


def _revision_or_path(word: str, scene: Scene) -> Iterator[Finding]:
    if not re.fullmatch(r"\.\.\.?[\w@{}^~/-]*", word) or "/" in word:
        yield from scene.reads(word)


def _writing(command: Command, scene: Scene) -> Iterator[Finding]:
    """Subcommands that change files inside or add commits."""
    yield finding("write-inside", _shown(command))
    if {"--abort", "--skip", "--quit"} & set(command.options):
        yield finding("git-history", _shown(command), "it drops uncommitted work")
    if any(
        option.startswith(("--unsafe-paths", "--template", "--exec")) for option in command.options
    ):
        yield finding("inline-code", _shown(command))
    for path in (*command.operands, *values_of(command, "-F", "--file", "-o", "--output")):
        if path.startswith(("/", "~", "..")):
            yield from scene.writes(path)
    for _name, path in paths_in_options(command):
        if path.startswith(("/", "~", "..")):
            yield from scene.writes(path)


def _commit(command: Command, scene: Scene) -> Iterator[Finding]:
    for path in values_of(command, "-F", "--file", "-t", "--template", "--pathspec-from-file"):
        yield from scene.reads(path)
    yield finding("write-inside", _shown(command))
    if any(
        option.startswith(("--amend", "--fixup=amend", "--fixup=reword"))
        for option in command.options
    ):
        yield finding("git-history", _shown(command))


def _restore(command: Command, scene: Scene) -> Iterator[Finding]:
    is_staged = "--staged" in command.options or command.has_short("S")
    only_index = is_staged and not ("--worktree" in command.options or command.has_short("W"))
    if not only_index and any(path in _WHOLE_TREE for path in command.operands):
        yield finding("git-history", _shown(command), "it drops all uncommitted work")
    yield from _writing(command, scene)


def _rm(command: Command, scene: Scene) -> Iterator[Finding]:
    yield finding("write-inside", _shown(command))
    if "--cached" not in command.options:
        for path in command.operands:
            yield from scene.deletes(path)


def _begins_a_branch(command: Command, option: str) -> bool:
    """Whether it only goes on from here under another name; the engine brings the work back."""
    words = [word for word in command.arguments if word not in ("-q", "--quiet")]
    return len(words) == 2 and words[0] == option and not words[1].startswith("-")


def _switch(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    is_new = _begins_a_branch(command, "-c") or _begins_a_branch(command, "--create")
    yield finding("write-inside" if is_new else "git-history", _shown(command))


def _checkout(command: Command, scene: Scene) -> Iterator[Finding]:
    """Only `checkout [REV] -- PATH...` stays on the branch."""
    if _begins_a_branch(command, "-b"):
        yield finding("write-inside", _shown(command))
        return
    if "--" not in command.arguments:
        yield finding("git-history", _shown(command), "it moves to another branch or commit")
        return
    paths = command.arguments[command.arguments.index("--") + 1 :]
    yield from _restore(Command(name="restore", arguments=paths), scene)


def _reset(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    harsh = {"--hard", "--merge", "--keep", "--soft"} & set(command.options)
    moves = [word for word in command.operands[:1] if re.search(r"[~^@]|^[0-9a-f]{7,40}$|/", word)]
    is_path = bool(moves) and "--" in command.arguments
    if harsh or (moves and not is_path and "." not in moves[0]) or UNKNOWN in command.text:
        yield finding("git-history", _shown(command))
    yield finding("write-inside", _shown(command))


def _listing_or(rule: str, *looks: str, lists_options: tuple[str, ...] = ()) -> Handler:
    """A subcommand whose words in `looks` only look (an empty one: no word at all)."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        del scene
        verb = command.operands[0] if command.operands else ""
        has_list = any(
            option.startswith(lists_options) for option in command.options if lists_options
        )
        if not has_list and verb not in looks:
            yield finding(rule, _shown(command))

    return judge


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
        yield finding("git-history", _shown(command))
    if any(option.startswith(("-u", "--set-upstream", "--unset")) for option in command.options):
        yield finding("git-config", _shown(command))
    if command.operands and not any(
        o.startswith(("--list", "--contains")) for o in command.options
    ):
        yield finding("write-inside", _shown(command))


def _config(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    looks = ("--get", "--list", "-l", "--show-origin", "--name-only")
    operands = command.operands
    is_look = any(option.startswith(looks) for option in command.options) or (
        operands[:1] in (("get",), ("list",)) or len(operands) == 1
    )
    if is_look and not {"--unset", "--edit", "-e", "--add"} & set(command.options):
        return
    is_wide = {"--global", "--system", "--file", "-f"} & set(command.options)
    persists = is_wide or re.search(r"(?i)hookspath|alias\.|fsmonitor|sshcommand", command.text)
    yield finding("persistence" if persists else "git-config", _shown(command))


def _symbolic_ref(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    if len(command.operands) != 1 or command.has_short("d"):
        yield finding("git-history", _shown(command))


def _clean(command: Command, scene: Scene) -> Iterator[Finding]:
    del scene
    if not (command.has_short("n") or "--dry-run" in command.options):
        yield finding("git-history", _shown(command), "it deletes files that no commit holds")


def _submodule(command: Command, scene: Scene) -> Iterator[Finding]:
    verb = command.operands[0] if command.operands else "status"
    if verb == "foreach":
        words = [word for word in command.arguments[1:] if word != "--recursive"]
        if len(words) == 1:
            yield from scene.judge_text(words[0])
        elif words:
            yield from scene.judge_command(Command(name=words[0], arguments=tuple(words[1:])))
    elif verb not in ("status", "summary"):
        yield finding("network", _shown(command))


def _archive(command: Command, scene: Scene) -> Iterator[Finding]:
    if any(option.startswith(("--remote", "--exec")) for option in command.options):
        yield finding("network", _shown(command))
    yield from _writing(command, scene)


def _init(command: Command, scene: Scene) -> Iterator[Finding]:
    targets = command.operands or (".",)
    for path in targets:
        if scene.places.zone(path, scene.folders) is Zone.WORKTREE:
            yield finding("git-config", _shown(command), "the worktree is a repository already")
    yield from _writing(command, scene)


_JUDGES: dict[str, Handler] = {
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
    "stash": _listing_or("git-history", "list", "show"),
    "tag": _listing_or("git-history", "", lists_options=("-l", "--list", "-n", "--contains")),
    "worktree": _listing_or("git-history", "list"),
    "reflog": _listing_or("git-history", "", "show", "HEAD", "exists"),
    "symbolic-ref": _symbolic_ref,
    "remote": _listing_or("network", "", "get-url", "-v"),
    "bundle": _listing_or("git-history", "verify", "list-heads"),
    "hash-object": _listing_or("git-history", "", lists_options=("--stdin",)),
}
