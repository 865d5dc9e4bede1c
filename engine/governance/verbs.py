"""Programs whose first word says what happens: package managers and builders of languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.governance.files import looking
from engine.governance.project_tools import project_tool
from engine.governance.rules import Finding, finding
from engine.governance.run_scripts import package_scripts
from engine.governance.scene import Handler, Scene, values_of
from engine.governance.shell_values import Command, names_of
from engine.governance.shell_words import is_hidden


def by_verb(
    rules: Mapping[str, str],
    *,
    other: str,
    looks: str = "",
    bare: str = "read",
    takes_value: frozenset[str] = frozenset(),
) -> Handler:
    """A program whose first word says what happens. `rules` maps rule names to verbs, `looks` are
    verbs that only look, `other` is the rule of all the rest and `bare` that of no verb; the words
    behind options `takes_value` are no verbs.
    """
    rule_of = {verb: rule for rule, verbs in rules.items() for verb in verbs.split()}
    rule_of |= dict.fromkeys(looks.split(), "read")

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        words = _without_values(command, takes_value).operands
        verb = next((word for word in words if not word.startswith("+")), "")
        only_asks = not verb and command.options and command.options[0].strip("-") in _ABOUT
        rule = rule_of.get(verb, other) if verb else ("read" if only_asks else bare)
        yield finding(rule, command.text)
        at = command.arguments.index(verb) if verb else len(command.arguments)
        rest = command.arguments[:at] + command.arguments[at + 1 :]
        inner = Command(name=command.name, arguments=rest)
        only_looks = rule == "read" and verb
        yield from looking()(inner, scene) if only_looks else _loading(inner, scene, rule)

    return judge


def _loading(command: Command, scene: Scene, rule: str) -> Iterator[Finding]:
    """As a tool of the project; that it runs code is no finding of its own where it only asks."""
    found = _PROJECT(command, scene)
    yield from (one for one in found if rule != "read" or one.rule != PROJECT)


def _without_values(command: Command, takes_value: frozenset[str]) -> Command:
    kept, is_value = list[str](), False
    for word in command.arguments:
        if not is_value:
            kept.append(word)
        is_value = word in takes_value and not is_value
    return Command(name=command.name, arguments=tuple(kept))


_PROJECT = project_tool(output=("-o", "-coverprofile", "-cpuprofile", "-memprofile"))
_ABOUT = ("version", "V", "v", "help", "h")
INSTALL, PUBLISH, PROJECT = "package-install", "publish", "project-code"

PIP = by_verb(
    {"network": "index search", "persistence": "config", PROJECT: "hash"},
    other=INSTALL,
    looks="list show freeze check help debug inspect",
)
_JS_TAKES = names_of(
    "--prefix -w --workspace --loglevel --filter -F --dir -C --cwd --filter-prod --config"
)
_JS_PUBLISH = """publish unpublish deprecate dist-tag owner token login adduser logout access team
    profile hook org star"""
_OF_LIFE = {"t": "test", "tst": "test"}


def with_scripts(plain: Handler) -> Handler:
    """A manager of packages of JavaScript: what `package.json` says of a script is judged too."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        yield from plain(command, scene)
        words = _without_values(command, _JS_TAKES).operands
        verb = words[0] if words else ""
        name = words[1] if verb in ("run", "run-script", "rum") and len(words) > 1 else verb
        folder = "/".join(values_of(command, "--prefix", "--cwd", "--dir", "-C")) or "."
        if name == "env" and verb in ("run", "run-script"):
            yield finding("read-secret", command.text, "it prints all variables")
        if name and not is_hidden(f"{name}{folder}"):
            yield from package_scripts(_OF_LIFE.get(name, name), scene, folder)

    return judge


_NPM_RUNS = (
    "run run-script test t tst start stop restart pack prune dedupe exec-script rum build lint"
)
_NPM = by_verb(
    {
        PUBLISH: _JS_PUBLISH,
        PROJECT: _NPM_RUNS,
        "network": "audit outdated view info search ping fund doctor",
        "persistence": "config set",
    },
    other=INSTALL,
    looks="ls list ll la root prefix bin explain why help pkg query",
    takes_value=_JS_TAKES,
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
    takes_value=_JS_TAKES,
)
_PNPM = by_verb(
    {PUBLISH: _JS_PUBLISH, INSTALL: _JS_INSTALL, "persistence": "config"},
    other=PROJECT,
    looks="list ls why help",
    takes_value=_JS_TAKES,
)
NPM, YARN, PNPM = with_scripts(_NPM), with_scripts(_YARN), with_scripts(_PNPM)
CARGO = by_verb(
    {
        PROJECT: "build b check c test t clippy fmt run r bench doc clean nextest rustc fix",
        PUBLISH: "publish login logout owner yank",
    },
    other=INSTALL,
    looks="tree metadata locate-project pkgid verify-project version",
    takes_value=frozenset({"--manifest-path", "--color", "--config", "-Z", "-C", "--target-dir"}),
)
GO = by_verb(
    {PROJECT: "build test vet fmt run generate tool clean fix"},
    other=INSTALL,
    looks="list version doc help env",
    takes_value=frozenset({"-C"}),
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
    takes_value=frozenset({"-pl", "--projects", "-P", "-T", "-f", "--file", "-rf"}),
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
    takes_value=names_of("-p -b -I -c -g --project-dir --init-script --build-file -x --tests"),
)
SYSTEM_PACKAGES = by_verb(
    {"network": "search"}, other=INSTALL, looks="list show info policy help", bare=INSTALL
)
