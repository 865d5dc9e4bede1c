"""What a rule may ask about while it judges one command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from posixpath import normpath

from engine.domain.values import dataclass
from engine.governance.rules import Finding, finding
from engine.governance.run_files import MAX_FILES, RunFiles, Source
from engine.governance.shell_values import DECODED, INSIDE, Command
from engine.governance.zones import Places, Zone

_READABLE = (Zone.DEVICE, Zone.INSIDE, Zone.TEMP, Zone.SYSTEM, Zone.WORKTREE, Zone.GUARDED)
_PERSISTENT = re.compile(
    r"(^|/)\.(bash\w*|profile|z(shrc|shenv|profile|login)|login|config/(autostart|systemd|fish)"
    r"|gitconfig|inputrc|vimrc|tmux\.conf|ssh/(authorized_keys|rc|config))|/cron|/systemd/|/init\.d/"
    r"|/rc\.local|(^|/)\.(envrc|husky/)|/profile|/ld\.so|/hooks/|LaunchAgents|\.pth$|sitecustomize|usercustomize"
)
_LOADED_ALWAYS = re.compile(
    r"/(site|dist)-packages/|(^|/)(site|user)customize\.py$|\.pth$|(^|/)\.(envrc$|husky/)"
    r"|(^|/)(\.?venv|env|node_modules|vendor)/(.*/)?(\.?bin|Scripts)/."
)
_INTERPRETER = re.compile(
    r"^(\./)?([\w/.-]*/)?(\.?venv|env|\.tox/[\w.-]+)/bin/(python|pypy)[\d.]*$"
)
_HIDDEN = re.compile(r"^/(var/)?tmp/(.*/)?\.\w|^/dev/shm/")
SECRET_INSIDE = re.compile(
    r"(^|/)\.env(?!\.(example|sample|template|dist|defaults?|test|ci)\b)(\.[\w.-]+)?$"
    r"|(^|/)secrets?\.(ya?ml|json|toml|env)$|(^|/)id_(rsa|ed25519|ecdsa)$|(^|/)\.(netrc|pgpass|git-credentials)$"
)
_GLUED = re.compile(r"-[ILoWD]")
COMPILERS = re.compile(
    r"(g|c)?(cc|\+\+)(-[\d.]+)?|clang(\+\+)?(-[\d.]+)?|ld|rustc|protoc|swiftc|javac|kotlinc|scalac"
    r"|nasm|as|ar|ranlib|strip|objcopy|as|gfortran|fpc|dmd|ocaml(c|opt|find)|ghc"
)
_WRITE_RULES = {Zone.GUARDED: "protected-path", Zone.UNKNOWN: "not-understood"}
_DELETE_RULES = {
    Zone.UNKNOWN: "not-understood",
    Zone.GUARDED: "delete-worktree",
    Zone.WORKTREE: "delete-worktree",
    Zone.EVERYTHING: "delete-everything",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The place, and the way back into the judgement for text and commands found inside."""

    places: Places
    folders: tuple[Path, ...]
    functions: frozenset[str]
    written: Mapping[str, str]
    """Files that the same line writes, by normalised name, with what is known of their text."""
    judge_text: Callable[[str], list[Finding]]
    """Judges shell text in the same folder."""
    judge_command: Callable[[Command], list[Finding]]
    """Judges another simple command in the same folder."""
    judge_script: Callable[[str, tuple[str, ...], frozenset[str]], list[Finding]]
    """Judges the text of a shell script in the same folder, given its own name and arguments, and
    the names of programs that are at hand only there.
    """
    files: RunFiles
    touched: set[str]
    """Files that the line writes in any way, by normalised name."""
    at_hand: frozenset[str]
    """Names of programs that are at hand in a script of a package."""

    def reads(self, path: str) -> Iterator[Finding]:
        """What reading `path` breaks."""
        zone = self.places.zone(path, self.folders, reads=True)
        if zone in _READABLE:
            if SECRET_INSIDE.search(path):
                yield finding("read-secret", path)
            return
        if zone is Zone.UNKNOWN:
            if DECODED in path:
                yield finding("not-understood", path, "the path comes out of a decoder")
            return
        yield finding("read-secret" if zone is Zone.SECRET else "read-outside", path)

    def writes(self, path: str) -> Iterator[Finding]:
        """What writing `path` breaks."""
        self.touched.add(normpath(path))
        zone = self.places.zone(path, self.folders)
        if zone in (Zone.DEVICE, Zone.INSIDE, Zone.TEMP, Zone.WORKTREE):
            if _LOADED_ALWAYS.search(path):
                yield finding("persistence", path)
            elif zone is Zone.TEMP and _HIDDEN.search(path):
                yield finding("write-outside", path, "it hides a file in the temporary folder")
            return
        if zone is Zone.SECRET and path.startswith("/dev/"):
            yield finding("destroy-disk", path)
        elif zone is not Zone.UNKNOWN and _PERSISTENT.search(path):
            yield finding("persistence", path)
        else:
            yield finding(_WRITE_RULES.get(zone, "write-outside"), path)

    def deletes(self, path: str) -> Iterator[Finding]:
        """What deleting `path` breaks."""
        zone = self.places.zone(path, self.folders)
        if zone not in (Zone.INSIDE, Zone.TEMP):
            yield finding(_DELETE_RULES.get(zone, "delete-outside"), path)

    def loads(self, path: str) -> Iterator[Finding]:
        """What taking code or settings from `path` breaks: they come from the worktree."""
        zone = self.places.zone(path, self.folders, reads=True)
        if zone not in (Zone.TEMP, Zone.SYSTEM) or self.written_text(path) is not None:
            yield from self.reads(path)
        else:
            yield finding("run-outside", path)

    def may_run(self, path: str) -> bool:
        """Whether the file lies inside the worktree and is none of the guarded ones."""
        return self.places.zone(path, self.folders) is Zone.INSIDE

    def is_temporary(self, path: str) -> bool:
        """Whether the file lies in the temporary folder and nowhere else."""
        return self.places.zone(path, self.folders) is Zone.TEMP

    def is_interpreter_of_project(self, path: str) -> bool:
        """Whether it is the Python of a virtual environment, which always links to one elsewhere;
        nothing beside it may be written unasked.
        """
        if not _INTERPRETER.search(path) or ".." in path or not self.folders:
            return False
        inside = all((f / path).is_relative_to(self.places.worktree) for f in self.folders)
        return inside and not self.is_touched(path)

    def is_of_the_system(self, path: str) -> bool:
        """Whether it lies among the system's own files."""
        return self.places.zone(path, self.folders, reads=True) is Zone.SYSTEM

    def is_touched(self, path: str) -> bool:
        """Whether the line writes it, though with what is not known."""
        return normpath(path) in self.touched

    def sources(self, path: str) -> Iterator[Source | None]:
        """What is at `path`, or at each path that its wildcards stand for, in each folder that may
        be the present one.
        """
        if INSIDE in path:
            yield Source(None)
            return
        for folder in self.folders:
            for found in _paths(folder, path):
                real = found.resolve()
                if real.is_relative_to(self.places.worktree) or path.startswith("/"):
                    yield self.files.source(real)

    def installed(self, folder: str) -> Iterator[str]:
        """Names of programs among the packages of a project."""
        for place in self.folders:
            try:
                yield from (one.name for one in (place / folder / "node_modules/.bin").iterdir())
            except OSError:
                continue

    def written_text(self, path: str) -> str | None:
        """What the line itself writes to `path` before; None: nothing."""
        return self.written.get(normpath(path))


Handler = Callable[[Command, Scene], Iterator[Finding]]
"""Judges one simple command by its effects; nothing yielded: it only looks."""


def values_of(command: Command, *names: str) -> list[str]:
    """Values of options: `-o x`, `-ox`, `--out x`, `--out=x`."""
    found: list[str] = []
    for at, word in enumerate(command.arguments):
        for name in names:
            if word == name and at + 1 < len(command.arguments):
                found.append(command.arguments[at + 1])
            elif name.startswith("--") and word.startswith(f"{name}="):
                found.append(word.partition("=")[2])
            elif len(name) == 2 and word.startswith(name) and len(word) > 2:
                found.append(word[2:])
    return found


def paths_in_options(command: Command) -> Iterator[tuple[str, str]]:
    """Options that carry something like a path, and the path."""
    for word in command.options:
        name, equals, value = word.partition("=")
        if equals:
            yield name, value
        elif not word.startswith("--"):
            slash = re.search(r"[/~]|\.\.", word)
            if slash and _GLUED.match(word) and COMPILERS.fullmatch(command.program):
                yield word[:2], word[2:]
            elif slash:
                yield word[:2], word[2 if word[2:].startswith((".", "/", "~")) else slash.start() :]


def _paths(folder: Path, path: str) -> list[Path]:
    if not re.search(r"[*?\[]", path) or path.startswith("/"):
        return [folder / path]
    try:
        return list(islice(folder.glob(path), MAX_FILES + 1))
    except (ValueError, NotImplementedError, OSError):
        return [folder / path]
