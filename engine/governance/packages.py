"""Package managers and build tools: running the project passes, fetching and publishing asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.governance.files import looking
from engine.governance.interpreters import running_file
from engine.governance.rules import Finding, finding
from engine.governance.scene import Handler, Scene, paths_in_options, values_of
from engine.governance.shell_values import Command, names_of
from engine.governance.shell_words import is_hidden
from engine.governance.zones import Zone

_OUTPUTS = (
    "--output", "--outfile", "--out-dir", "--outDir", "--output-file", "--junitxml", "--junit-xml",
    "--basetemp", "--log-file", "--report", "--html", "--xml", "--cache-dir", "--cache_dir",
    "--cov-report", "--target-dir", "--prefix", "--dest", "--install-prefix",
)  # fmt: skip
_PUBLISHING_TARGETS = ("publish", "deploy", "release", "push", "upload", "dist-upload", "ship")


def project_tool(*, output: tuple[str, ...] = (), runs: tuple[str, ...] = ()) -> Handler:
    """A checker, compiler or test runner: executes code of the project, writes its outputs."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        yield finding("project-code", command.text, confidence=0.85)
        written = values_of(command, *output) if output else []
        for path in written:
            yield from scene.writes(path)
        for option in command.options:
            if runs and option.startswith(runs):
                yield finding("inline-code", option)
        for path in command.operands:
            if path.startswith("\\"):
                yield finding("inline-code", path)
            elif path not in written:
                yield from scene.reads(path.partition("::")[0].removeprefix("@"))
        for name, path in paths_in_options(command):
            yield from scene.writes(path) if name in (*output, *_OUTPUTS) else scene.reads(path)

    return judge


def labelled(command: Command, scene: Scene) -> Iterator[Finding]:
    """A build tool whose operands are labels such as `//app:test`, not paths."""
    del scene
    yield finding("project-code", command.text, confidence=0.7)


def cmake(command: Command, scene: Scene) -> Iterator[Finding]:
    """`cmake --install` copies into the system."""
    if "--install" in command.options:
        yield finding("package-install", command.text)
    yield from project_tool()(command, scene)


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
    for path in command.operands[:1]:
        yield from scene.writes(path)


def formatter(command: Command, scene: Scene) -> Iterator[Finding]:
    """A tool that may rewrite its operands."""
    yield from project_tool()(command, scene)
    for path in command.operands:
        yield from scene.writes(path)


def make(command: Command, scene: Scene) -> Iterator[Finding]:
    """Targets of the project, but for those that install or publish."""
    yield from project_tool(runs=("--eval", "-E"))(command, scene)
    for path in values_of(command, "-C", "-f", "--directory", "--file", "--makefile"):
        if not scene.may_run(f"{path}/x") or path == "-":
            yield finding("run-outside", path)
    if command.has_short("n") or "--dry-run" in command.options:
        return
    for word in command.operands:
        if word == "execute" or word.startswith(("/bin/", "/usr/")):
            yield finding("inline-code", command.text)
        elif word == "install" or word.startswith("install-"):
            yield finding("package-install", command.text)
        elif word in _PUBLISHING_TARGETS:
            yield finding("publish", command.text)
        elif word.startswith(("SHELL=", "PATH=")) or is_hidden(word):
            yield finding("inline-code", word)


def by_verb(
    rules: Mapping[str, str], *, other: str, looks: str = "", bare: str = "read"
) -> Handler:
    """A program whose first word says what happens. `rules` maps rule names to verbs, `looks` are
    verbs that only look, `other` is the rule of all the rest and `bare` that of no verb.
    """
    rule_of = {verb: rule for rule, verbs in rules.items() for verb in verbs.split()}
    rule_of |= dict.fromkeys(looks.split(), "read")

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        verb = command.operands[0] if command.operands else ""
        only_asks = not verb and command.options and command.options[0].strip("-") in _ABOUT
        rule = rule_of.get(verb, other) if verb else ("read" if only_asks else bare)
        yield finding(rule, command.text)
        for path in command.operands[1:]:
            yield from scene.reads(path)
        for _name, path in paths_in_options(command):
            yield from scene.reads(path)

    return judge


_ABOUT = ("version", "V", "v", "help", "h")
INSTALL, PUBLISH, PROJECT = "package-install", "publish", "project-code"

PIP = by_verb(
    {"network": "index search", "persistence": "config", PROJECT: "hash"},
    other=INSTALL,
    looks="list show freeze check help debug inspect",
)
_JS_PUBLISH = """publish unpublish deprecate dist-tag owner token login adduser logout access team
    profile hook org star"""
_NPM_RUNS = (
    "run run-script test t tst start stop restart pack prune dedupe exec-script rum build lint"
)
NPM = by_verb(
    {
        PUBLISH: _JS_PUBLISH,
        PROJECT: _NPM_RUNS,
        "network": "audit outdated view info search ping fund doctor",
        "persistence": "config set",
    },
    other=INSTALL,
    looks="ls list ll la root prefix bin explain why help pkg query",
)
_JS_INSTALL = """install i ci add a remove rm uninstall un update up upgrade global dlx create init
    link unlink import rebuild audit outdated info x patch self-update env set setup dedupe fetch"""
_YARN = by_verb(
    {
        PUBLISH: f"{_JS_PUBLISH} npm",
        INSTALL: _JS_INSTALL,
        "persistence": "config",
        "network": "node",
    },
    other=PROJECT,
    looks="list ls why versions help",
    bare=INSTALL,
)
_PNPM = by_verb(
    {PUBLISH: _JS_PUBLISH, INSTALL: _JS_INSTALL, "persistence": "config"},
    other=PROJECT,
    looks="list ls why help",
)
CARGO = by_verb(
    {
        PROJECT: "build b check c test t clippy fmt run r bench doc clean nextest rustc fix",
        PUBLISH: "publish login logout owner yank",
    },
    other=INSTALL,
    looks="tree metadata locate-project pkgid verify-project version",
)
_GO = by_verb(
    {PROJECT: "build test vet fmt run generate tool clean fix"},
    other=INSTALL,
    looks="list version doc help env",
)
GEM = by_verb(
    {PUBLISH: "push yank owner signin"}, other=INSTALL, looks="list env help which contents"
)
COMPOSER = by_verb(
    {PROJECT: "test run run-script dump-autoload dumpautoload validate exec"},
    other=INSTALL,
    looks="show why depends licenses help",
)
DOTNET = by_verb(
    {PROJECT: "build test run clean format msbuild vstest", PUBLISH: "nuget"},
    other=INSTALL,
    looks="help",
)
MAVEN = by_verb(
    {PROJECT: "test compile package verify clean validate check build assemble", PUBLISH: "deploy"},
    other=INSTALL,
    looks="help tasks dependencies",
)
LANGUAGE_TOOL = by_verb(
    {
        PROJECT: "test build compile run format fmt analyze credo dialyzer repl clean check",
        PUBLISH: "hex.publish pub deploy upload sdist",
    },
    other=INSTALL,
    looks="help version",
)
GRADLE = by_verb(
    {PUBLISH: "publish upload uploadArchives deploy", INSTALL: "wrapper install"},
    other=PROJECT,
    looks="help tasks dependencies projects",
)
SYSTEM_PACKAGES = by_verb(
    {"network": "search"}, other=INSTALL, looks="list show info policy help", bare=INSTALL
)


def pip(command: Command, scene: Scene) -> Iterator[Finding]:
    """`pip config` only looks with `list` or `get`."""
    if command.operands[:2] in (("config", "list"), ("config", "get"), ("cache", "list")):
        return
    yield from PIP(command, scene)


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
YARN = _running("exec", _YARN)
PNPM = _running("exec", _PNPM)
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
    yield from _GO(command, scene)


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
    if any(option.startswith("-javaagent") for option in command.options):
        yield finding("inline-code", command.text)
