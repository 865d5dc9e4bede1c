"""Judges a command line: every simple command in it, wherever it hides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath

from engine.governance.contract import Contract
from engine.governance.contract_match import by_contract
from engine.governance.environment import judge_assignments
from engine.governance.programs import program
from engine.governance.rules import Finding, finding
from engine.governance.run_files import RunFiles
from engine.governance.run_scripts import running_file
from engine.governance.scene import COMPILERS, Scene
from engine.governance.shell_outputs import output_of
from engine.governance.shell_values import RESERVED, UNKNOWN, Command, Step
from engine.governance.shell_walk import Walk
from engine.governance.shell_words import is_hidden
from engine.governance.zones import Places, Zone

MAX_CHARS = 65_536
MAX_DEPTH = 6
MAX_COMMANDS = 500
"""Of one text."""
MAX_COMMANDS_TOGETHER = 1000
"""Of one judgement, with all the scripts it leads to."""
_NOT_A_NAME = re.compile(r"[\x00-\x1f*?\[\]{}!$`\\~\s]")
_ENDLESS_FILE = re.compile(r"^/dev/(zero|full|u?random)$")
_NETWORK_FILE = re.compile(r"/dev/(tcp|udp)/")


class CommandJudge:
    """Judges command lines for one contract and one worktree."""

    def __init__(self, contract: Contract, places: Places) -> None:
        self._contract = contract
        self._places = places
        self._files = RunFiles()
        self._commands = 0
        self._written: dict[str, str] = {}
        self._touched: set[str] = set()

    def judge(self, text: str) -> list[Finding]:
        """Everything that is to be said of `text`; never empty."""
        return self._line(text, (self._places.worktree,), depth=0)

    def _line(
        self,
        text: str,
        folders: tuple[Path, ...],
        *,
        depth: int,
        given: tuple[str, ...] = (),
        known: frozenset[str] = frozenset(),
    ) -> list[Finding]:
        is_long = len(text) > MAX_CHARS or self._commands > MAX_COMMANDS_TOGETHER
        if depth > MAX_DEPTH or is_long or any(mark in text for mark in RESERVED):
            return [finding("not-understood", text, "it is too long, too deep or holds odd bytes")]
        walk = Walk(text, folders, self._places.worktree, given)
        if walk.split_at is not None:
            return self._apart(text, walk, folders, depth)
        self._commands += len(walk.steps)
        if len(walk.steps) > MAX_COMMANDS or self._commands > MAX_COMMANDS_TOGETHER:
            return [finding("not-understood", text, "it holds too many commands")]
        found = [finding("not-understood", text, doubt, confidence=0.3) for doubt in walk.doubts]
        found += [finding("read-secret", name) for name in walk.secrets]
        for code in walk.embedded:
            found += self._line(code, folders, depth=depth + 1)
        for step in walk.steps:
            scene = self._scene(step, frozenset(walk.functions), known, depth)
            before = set(self._touched)
            own = self._command(step.command, scene)
            if _makes_programs(step.command):
                self._touched &= before
            if any(one.rule == "project-code" for one in own) and self._writes_a_manifest():
                note = "the line writes what the tool runs"
                own.append(finding("inline-code", step.command.text, note))
            found += own
            self._note_written(step.command, step.folders)
        return found or [finding("read", text, confidence=0.99)]

    def _apart(self, text: str, walk: Walk, folders: tuple[Path, ...], depth: int) -> list[Finding]:
        """Both sides of a line break that the parser missed."""
        at = walk.split_at or 0
        moves = any(step.folders != folders for step in walk.steps)
        first = self._line(text[:at], folders, depth=depth)
        return first + self._line(text[at + 1 :], () if moves else folders, depth=depth)

    def _scene(
        self, step: Step, functions: frozenset[str], known: frozenset[str], depth: int
    ) -> Scene:
        def judge_text(text: str) -> list[Finding]:
            return self._line(text, step.folders, depth=depth + 1)

        def judge_script(text: str, given: tuple[str, ...], known: frozenset[str]) -> list[Finding]:
            return self._line(text, step.folders, depth=depth + 1, given=given, known=known)

        def judge_command(command: Command) -> list[Finding]:
            inner = self._scene(step, frozenset(), known, depth + 1)
            if depth >= MAX_DEPTH:
                return [finding("not-understood", command.text, "it is nested too deep")]
            return self._command(command, inner)

        return Scene(
            places=self._places,
            folders=step.folders,
            functions=functions,
            written=self._written,
            judge_text=judge_text,
            judge_command=judge_command,
            judge_script=judge_script,
            files=self._files,
            touched=self._touched,
            at_hand=known,
        )

    def _writes_a_manifest(self) -> bool:
        return any(_MANIFEST.search(name) for name in self._written)

    def _note_written(self, command: Command, folders: tuple[Path, ...]) -> None:
        """Remember what the line writes where, in case it runs it later."""
        added = [one.target for one in command.redirects if one.writes]
        fresh = [one.target for one in command.redirects if one.writes and ">>" not in one.operator]
        if command.program == "tee":
            added += command.operands
            fresh += [] if command.has_short("a") else command.operands
        elif command.program in ("cp", "mv", "ln", "install") and command.operands:
            added.append(command.operands[-1])
            fresh.append(command.operands[-1])
        if not added:
            return
        is_plain = command.program in ("cat", "echo", "printf", "tee")
        text = output_of(command, command.fed, here=UNKNOWN, top=UNKNOWN) if is_plain else UNKNOWN
        for target in added:
            name = normpath(target)
            before = self._written.get(name)
            if before is None:
                before = "" if target in fresh else self._on_disk(target, folders)
            self._written[name] = f"{before}\n{text}"

    def _on_disk(self, path: str, folders: tuple[Path, ...]) -> str:
        """What a file that the line adds to says before."""
        if is_hidden(path) or len(folders) != 1:
            return UNKNOWN
        source = self._files.source((folders[0] / path).resolve())
        return "" if source is None else source.text if source.text is not None else UNKNOWN

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
        elif name not in scene.functions or program(name) is not None:
            # A function of that name may be defined elsewhere in the line than where it is called.
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
        elif self._contract.knows_program(command.name) or command.name in scene.at_hand:
            yield finding("project-code", command.text, confidence=0.7)
        else:
            yield finding("unknown-program", command.text)

    def _by_path(self, command: Command, scene: Scene) -> Iterator[Finding]:
        zone = scene.places.zone(command.name, scene.folders)
        is_trusted = zone is Zone.SYSTEM or self._contract.knows_program(command.name)
        is_trusted = is_trusted or scene.is_interpreter_of_project(command.name)
        is_known = zone is Zone.INSIDE and program(command.program) is not None
        if is_trusted or is_known:
            yield from self._by_name(command, scene)
        if not is_trusted:
            yield from running_file(command.name, scene, is_shell=True, arguments=command.arguments)


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


def _makes_programs(command: Command) -> bool:
    """What compilers make, and files that only begin to exist, is no hidden script."""
    return COMPILERS.fullmatch(command.program) is not None or command.program in (
        "touch",
        "mkdir",
        "chmod",
    )
