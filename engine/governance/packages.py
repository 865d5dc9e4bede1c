"""Package managers and build tools: running the project passes, fetching and publishing asks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance import verbs
from engine.governance.files import looking
from engine.governance.interpreters import NODE
from engine.governance.rules import Finding, finding
from engine.governance.run_scripts import running_file
from engine.governance.scene import Handler, Scene, values_of
from engine.governance.shell_values import Command, names_of
from engine.governance.shell_words import is_hidden
from engine.governance.verbs import INSTALL, PROJECT, PUBLISH, by_verb
from engine.governance.zones import Zone

_SQL_REACHES_OUT = re.compile(
    r"(?i)(^|\s)\.(shell|system|load|import|once|output|excel|backup|save|restore|read|cd|archive"
    r"|open|log|clone)\b|load_extension|writefile|readfile|\bedit\s*\(|attach\b|vacuum\s+into"
)


def sqlite(command: Command, scene: Scene) -> Iterator[Finding]:
    """A database inside; its shell can run programs and reach other files."""
    text = " ".join((*command.arguments, command.fed or ""))
    if is_hidden(text) or _SQL_REACHES_OUT.search(text):
        yield finding("inline-code", command.text)
    yield finding("write-inside", command.text)
    for path in values_of(command, "-init"):
        yield from scene.loads(path)
    for path in command.operands[:1]:
        yield from scene.writes(path.removeprefix("file:").partition("?")[0])


def pip(command: Command, scene: Scene) -> Iterator[Finding]:
    """`pip config` only looks with `list` or `get`."""
    if command.operands[:2] in (("config", "list"), ("config", "get"), ("cache", "list")):
        return
    yield from verbs.PIP(command, scene)


def _running(verb: str, otherwise: Handler) -> Handler:
    """`uv run x`, `poetry run x`, `bundle exec x`: the words after the verb are a command."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        words = command.arguments
        if words[:1] != (verb,):
            yield from otherwise(command, scene)
            return
        rest = [
            word for word in words[1:] if word not in ("--no-sync", "--frozen", "--offline", "--")
        ]
        if not rest or rest[0].startswith("-"):
            yield finding(INSTALL, command.text)
        else:
            yield from scene.judge_command(Command(name=rest[0], arguments=tuple(rest[1:])))

    return judge


def uv(command: Command, scene: Scene) -> Iterator[Finding]:
    """`uv pip` is pip, `uv run` runs."""
    if command.arguments[:1] == ("venv",) and "--seed" not in command.options:
        yield finding("project-code", command.text)
        for path in command.operands[1:]:
            yield from scene.writes(path)
    elif command.arguments[:1] == ("pip",):
        yield from pip(Command(name="pip", arguments=command.arguments[1:]), scene)
    else:
        yield from _running("run", _UV)(command, scene)


_UV = by_verb({PUBLISH: "publish"}, other=INSTALL, looks="tree version help")
_POETRY = by_verb(
    {PUBLISH: "publish", PROJECT: "build"}, other=INSTALL, looks="show check env version about help"
)
POETRY = _running("run", _POETRY)
_YARN = _running("exec", verbs.YARN)
PNPM = _running("exec", verbs.PNPM)


def yarn(command: Command, scene: Scene) -> Iterator[Finding]:
    """`yarn workspace NAME verb` is `yarn verb`."""
    words = command.arguments
    if words[:1] == ("workspace",) and len(words) > 2:
        words = words[2:]
    yield from _YARN(Command(name="yarn", arguments=words), scene)


def bun(command: Command, scene: Scene) -> Iterator[Finding]:
    """A package manager, and an interpreter when it is given code or a file."""
    words = command.arguments
    if words and (re.match(r"-(e|p)$|--(eval|print)\b", words[0]) or "." in words[0]):
        yield from NODE(Command(name="node", arguments=words, fed=command.fed), scene)
    else:
        yield from PNPM(command, scene)


BUNDLE = _running("exec", by_verb({}, other=INSTALL, looks="check list show info"))
CONDA = _running("run", by_verb({}, other=INSTALL, looks="list info env help"))


def dpkg(command: Command, scene: Scene) -> Iterator[Finding]:
    """`dpkg -l` and `rpm -q` look, other options install."""
    if not any(
        option.startswith(("-l", "-L", "-s", "-S", "-q", "--list")) for option in command.options
    ):
        yield finding(INSTALL, command.text)
    yield from looking(9)(command, scene)


DENO = by_verb({PROJECT: "fmt lint check test bench doc"}, other="network", looks="info help types")
TERRAFORM = by_verb(
    {PROJECT: "fmt validate"}, other="network", looks="version show graph output providers"
)
HELM = by_verb({PROJECT: "lint template"}, other="network", looks="version help")
PRE_COMMIT = by_verb(
    {"persistence": "install init-templatedir", PROJECT: "run validate-config validate-manifest"},
    other=INSTALL,
    looks="help sample-config",
    bare=INSTALL,
)


_IN_NODE_MODULES = names_of(
    """tsc eslint prettier jest vitest mocha ava tap c8 nyc tsx ts-node webpack vite rollup esbuild
    babel next turbo nx lerna stylelint biome knip depcheck playwright cypress vue-tsc
    svelte-check tsup typedoc madge size-limit markdownlint cspell lint-staged commitlint
    tailwindcss graphql-codegen astro storybook"""
)
"""Tools that a project has among its own packages; `npx` runs those without fetching."""


def curl(command: Command, scene: Scene) -> Iterator[Finding]:
    """Asking a development server on this machine passes; all the rest is network."""
    flags = ("-s", "-S", "-sS", "-i", "-I", "-f", "-fsS", "-fs", "-sf", "-v", "--silent", "--fail")
    words = [word for word in command.arguments if word not in flags]
    if len(words) != 1 or not _DEVELOPMENT_SERVER.fullmatch(words[0]):
        yield finding("network", command.text)


_DEVELOPMENT_SERVER = re.compile(
    r"(http://)?(localhost|127\.0\.0\.1):(3\d00[0-9]?|300\d|4[023]\d\d|5000|5001|517\d|80[08]\d)"
    r"(/[\w/.?=&%-]*)?"
)
_DOCKER_LOOKS = (
    ("ps",), ("images",), ("version",), ("info",), ("image", "ls"), ("container", "ls"),
    ("compose", "config"), ("compose", "ps"), ("compose", "version"), ("volume", "ls"),
    ("network", "ls"),
)  # fmt: skip


def docker(command: Command, scene: Scene) -> Iterator[Finding]:
    """Whoever may start containers owns the machine; listing them only looks."""
    del scene
    words = command.operands
    if command.arguments[:1] in (("-v",), ("--version",)):
        return
    if not command.arguments or not any(words[: len(look)] == look for look in _DOCKER_LOOKS):
        yield finding("privilege", command.text)


def npx(command: Command, scene: Scene) -> Iterator[Finding]:
    """`npx` fetches what it does not find, unless it is told not to."""
    words = command.arguments
    if words[:1] in (("--no-install",), ("--no",)) and len(words) > 1:
        yield from scene.judge_command(Command(name=words[1], arguments=words[2:]))
    elif words and words[0] in _IN_NODE_MODULES:
        yield from scene.judge_command(Command(name=words[0], arguments=words[1:]))
    elif command.options[:1] not in (("--version",), ("--help",)):
        yield finding(INSTALL, command.text)


def go(command: Command, scene: Scene) -> Iterator[Finding]:
    """`go mod graph` and its kin look; `go run x@version` fetches."""
    if command.operands[:2] in (("mod", "graph"), ("mod", "why"), ("mod", "verify")):
        return
    if any("@" in word for word in command.operands):
        yield finding(INSTALL, command.text)
    for path in command.operands[1:] if command.operands[:1] == ("run",) else ():
        if path.endswith(".go"):
            yield from running_file(path, scene, is_shell=False)
    yield from verbs.GO(command, scene)


_JAVA_LOADS = re.compile(r"-(javaagent|agentpath|agentlib|XX:On|XX:Flags|Xbootclasspath|J-)")


def java(command: Command, scene: Scene) -> Iterator[Finding]:
    """Class files and archives are code: they come from inside."""
    yield finding("project-code", command.text, confidence=0.7)
    given = values_of(command, "-jar", "-cp", "-classpath", "--class-path", "--module-path")
    for path in command.operands:
        if path.endswith(".java"):
            yield from running_file(path, scene, is_shell=False)
    for path in (part for value in given for part in value.split(":")):
        if path and scene.places.zone(path, scene.folders) not in (Zone.INSIDE, Zone.WORKTREE):
            yield finding("run-outside", path)
    if any(_JAVA_LOADS.match(option) for option in command.options):
        yield finding("inline-code", command.text)
    for word in command.arguments:
        if word.startswith("@"):
            yield from scene.loads(word[1:])
