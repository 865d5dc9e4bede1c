"""Judges a command line: every simple command in it, wherever it hides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath

from engine.governance.contract import Contract
from engine.governance.contract_match import by_contract
from engine.governance.environment import judge_assignments
from engine.governance.interpreters import running_file
from engine.governance.programs import program
from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene
from engine.governance.shell_outputs import output_of
from engine.governance.shell_values import RESERVED, UNKNOWN, Command, Step
from engine.governance.shell_walk import Walk
from engine.governance.zones import Places, Zone

MAX_CHARS = 65_536
MAX_DEPTH = 6
MAX_COMMANDS = 500
_NOT_A_NAME = re.compile(r"[\x00-\x1f*?\[\]{}!$`\\~\s]")
_ENDLESS_FILE = re.compile(r"^/dev/(zero|full|u?random)$")
_NETWORK_FILE = re.compile(r"/dev/(tcp|udp)/")


class CommandJudge:
    """Judges command lines for one contract and one worktree."""

    def __init__(self, contract: Contract, places: Places) -> None:
        self._contract = contract
        self._places = places

    def judge(self, text: str) -> list[Finding]:
        """Everything that is to be said of `text`; never empty."""
        return self._line(text, (self._places.worktree,), depth=0)

    def _line(self, text: str, folders: tuple[Path, ...], *, depth: int) -> list[Finding]:
        if depth > MAX_DEPTH or len(text) > MAX_CHARS or any(mark in text for mark in RESERVED):
            return [finding("not-understood", text, "it is too long, too deep or holds odd bytes")]
        walk = Walk(text, folders, self._places.worktree)
        if walk.split_at is not None:
            return self._apart(text, walk, folders, depth)
        if len(walk.steps) > MAX_COMMANDS:
            return [finding("not-understood", text, f"it holds over {MAX_COMMANDS} commands")]
        found = [finding("not-understood", text, doubt, confidence=0.3) for doubt in walk.doubts]
        found += [finding("read-secret", name) for name in walk.secrets]
        for code in walk.embedded:
            found += self._line(code, folders, depth=depth + 1)
        written: dict[str, str] = {}
        for step in walk.steps:
            scene = self._scene(step, frozenset(walk.functions), written, depth)
            own = self._command(step.command, scene)
            if any(one.rule == "project-code" for one in own) and _writes_a_manifest(written):
                note = "the line writes what the tool runs"
                own.append(finding("inline-code", step.command.text, note))
            found += own
            _note_written(step.command, written)
        return found or [finding("read", text, confidence=0.99)]

    def _apart(self, text: str, walk: Walk, folders: tuple[Path, ...], depth: int) -> list[Finding]:
        """Both sides of a line break that the parser missed."""
        at = walk.split_at or 0
        moves = any(step.folders != folders for step in walk.steps)
        first = self._line(text[:at], folders, depth=depth)
        return first + self._line(text[at + 1 :], () if moves else folders, depth=depth)

    def _scene(
        self, step: Step, functions: frozenset[str], written: dict[str, str], depth: int
    ) -> Scene:
        def judge_text(text: str) -> list[Finding]:
            return self._line(text, step.folders, depth=depth + 1)

        def judge_command(command: Command) -> list[Finding]:
            inner = self._scene(step, functions, written, depth + 1)
            if depth >= MAX_DEPTH:
                return [finding("not-understood", command.text, "it is nested too deep")]
            return self._command(command, inner)

        return Scene(
            places=self._places,
            folders=step.folders,
            functions=functions,
            written=written,
            judge_text=judge_text,
            judge_command=judge_command,
        )

    def _command(self, command: Command, scene: Scene) -> list[Finding]:
        found = [*judge_assignments(command, scene), *_redirects(command, scene)]
        if command.name:
            own = list(self._program(command, scene)) or [finding("read", command.text)]
            found += by_contract(
                command,
                own,
                contract=self._contract,
                worktree=self._places.worktree,
                folders=scene.folders,
            )
        return found

    def _program(self, command: Command, scene: Scene) -> Iterator[Finding]:
        name = command.name
        if _NOT_A_NAME.search(name) and name != "[" and name != "[[" and name != "!":
            yield finding("not-understood", command.text, "the program cannot be foreseen")
        elif "/" in name:
            yield from self._by_path(command, scene)
        elif name not in scene.functions:
            yield from self._by_name(command, scene)
        is_search = command.program in ("grep", "egrep", "fgrep", "rg", "ag")
        if not is_search and any(_NETWORK_FILE.search(word) for word in command.arguments):
            yield finding("network", command.text)

    def _by_name(self, command: Command, scene: Scene) -> Iterator[Finding]:
        handler = program(command.program)
        if command.arguments in (("--version",), ("--help",)):
            yield finding("read", command.text)
        elif handler is not None:
            yield from handler(command, scene)
        elif self._contract.knows_program(command.name):
            yield finding("project-code", command.text, confidence=0.7)
        else:
            yield finding("unknown-program", command.text)

    def _by_path(self, command: Command, scene: Scene) -> Iterator[Finding]:
        zone = scene.places.zone(command.name, scene.folders)
        is_trusted = zone is Zone.SYSTEM or self._contract.knows_program(command.name)
        if is_trusted or (zone is Zone.INSIDE and program(command.program) is not None):
            yield from self._by_name(command, scene)
        else:
            yield from running_file(command.name, scene, is_shell=True)


def _redirects(command: Command, scene: Scene) -> Iterator[Finding]:
    for redirect in command.redirects:
        if _NETWORK_FILE.match(redirect.target):
            yield finding("network", redirect.target)
        elif redirect.writes:
            yield finding("write-inside", redirect.target)
            if any(_ENDLESS_FILE.match(word) for word in command.arguments):
                yield finding("disk", command.text, "it writes without end")
            yield from scene.writes(redirect.target)
        else:
            yield from scene.reads(redirect.target)


_MANIFEST = re.compile(
    r"(^|/)((GNU)?[Mm]akefile|package\.json|composer\.json|Rakefile|Gemfile|build\.gradle\S*|setup\.py"
    r"|pom\.xml|justfile|Taskfile\.ya?ml|build\.rs|\.latexmkrc|Cargo\.toml|CMakeLists\.txt)$"
)
"""Files with commands that build tools run."""


def _writes_a_manifest(written: dict[str, str]) -> bool:
    return any(_MANIFEST.search(name) for name in written)


def _note_written(command: Command, written: dict[str, str]) -> None:
    """Remember what the line writes where, in case it runs it later."""
    targets = [one.target for one in command.redirects if one.writes]
    if command.program == "tee":
        targets += command.operands
    elif command.program in ("cp", "mv", "ln", "install") and command.operands:
        targets.append(command.operands[-1])
    if not targets:
        return
    is_plain = command.program in ("cat", "echo", "printf", "tee")
    text = output_of(command, command.fed, here=UNKNOWN, top=UNKNOWN) if is_plain else UNKNOWN
    for target in targets:
        name = normpath(target)
        written[name] = f"{written.get(name, '')}\n{text}"
