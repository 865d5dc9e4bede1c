"""Git: what looks, what changes files, what rewrites history, what leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.governance.git_changes import CHANGING, shown
from engine.governance.rules import Finding, finding
from engine.governance.scene import (
    SECRET_INSIDE,
    Scene,
    values_of,
)
from engine.governance.shell_values import Command
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
        checkout-index rerere sparse-checkout maintenance unpack-objects""",
    "read-secret": "credential credential-store credential-cache",
    "interactive": "help difftool mergetool gui gitk citool web--browse",
    "inline-code": "hook",
}
_RULE_OF = {name: rule for rule, names in _RULES.items() for name in names.split()}


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
        yield finding(_RULE_OF[name], command.text, _overwriting(inner))
    elif name in CHANGING:
        yield from CHANGING[name](inner, scene)
    else:
        yield finding("unknown-program", command.text, "perhaps an alias of git")


def _overwriting(inner: Command) -> str:
    """What a push does to what others have sent; empty: nothing."""
    if inner.name != "push":
        return ""
    options = inner.options
    if any(option.startswith("--force-with-lease") for option in options):
        return "overwrites the branch there, unless others have sent commits meanwhile"
    is_forced = any(
        option in ("--force", "--mirror") or re.fullmatch(r"-[a-zA-Z]*f[a-zA-Z]*", option)
        for option in options
    )
    if is_forced or any(word.startswith("+") for word in inner.operands):
        return "overwrites the branch there: commits of others can be lost"
    is_deleting = any(option in ("--delete", "-d", "--prune") for option in options)
    if is_deleting or any(word.startswith(":") for word in inner.operands[1:]):
        return "deletes branches there"
    return ""


def _looking(command: Command, scene: Scene) -> Iterator[Finding]:
    for option in command.options:
        if option.startswith(
            ("--ext-diff", "--open-files-in-pager", "--textconv", "--filters")
        ) or (command.name == "grep" and option.startswith("-O")):
            yield finding("inline-code", shown(command))
    for path in values_of(command, "--output"):
        yield finding("write-inside", shown(command))
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
