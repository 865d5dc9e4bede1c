"""Judges what a command would run from a file: scripts, recipes of make, scripts of a package."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

from engine.governance import makefile
from engine.governance.inline_code import judge_code
from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene
from engine.governance.shell_values import Command
from engine.governance.shell_words import is_hidden

_LANGUAGES = (
    (r"(^|/)(python|pypy)[\d.]*$|\.pyw?$", "python"),
    (r"(^|/)(node|nodejs|ts-node|tsx|bun|deno)$|\.[cm]?[jt]sx?$", "node"),
    (r"(^|/)perl[\d.]*$|\.p[lm]$", "perl"),
    (r"(^|/)ruby[\d.]*$|\.rb$", "ruby"),
    (r"(^|/)php[\d.]*$|\.php$", "php"),
)
_COMPILED = re.compile(r"\.(go|java|swift|kts?|rs|zig|scala|cs|fs|exs?|hs|d|nim|cr|dart)$")
"""Sources that a language compiles before it runs them: read by no rule here."""
_SHELLS = re.compile(r"(^|/)(ba|da|z|k|a)?sh$")
_FIRST_LINE = re.compile(r"#!\s*(?:\S*/env\s+(?:-S\s+)?)?(\S+)")
_INSTALLED = re.compile(
    r"(^|/)(\.?venv|env|node_modules|vendor|\.tox|\.nox)/(.*/)?(\.?bin|Scripts)/"
)
"""What installers put there; nothing of it may be written unasked."""
_WRAPPERS_OF_BUILDERS = frozenset({"gradlew", "mvnw", "configure"})
_MANY_SCRIPTS = 12


def language_of(name: str) -> str:
    """The language of an interpreter or of a file, for the tables of names."""
    for pattern, language in _LANGUAGES:
        if re.search(pattern, name):
            return language
    return "other"


def is_address(word: str) -> bool:
    """Whether it names another host: an URL, or a name with a port."""
    return bool(_ADDRESS.search(word)) and not _LOCAL.search(word)


_ADDRESS = re.compile(
    r"(^|=)((https?|ftps?|wss?|stratum\+\w+|ssh|s3|gs)://|[\w-]+(\.[\w-]+)*\.[a-z]{2,}:\d)"
)
_LOCAL = re.compile(
    r"(^|=|//)(localhost|127\.0\.0\.1|\[::1\]|\w+\.(test|local))\b|\.(py|js|ts|rb|go):\d"
)


def running_file(
    path: str, scene: Scene, *, is_shell: bool, arguments: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """The effect of executing a file of the worktree, or one that the same line has written: its
    text is judged. A file that does not exist runs nothing, unless the line may make it.
    """
    for word in arguments:
        if is_address(word):
            yield finding("network", word)
    text = scene.written_text(path)
    is_ours = scene.may_run(path)
    if is_hidden(path):
        yield finding("not-understood", path, "the file to run cannot be foreseen")
    elif not is_ours and not (text is not None and scene.is_temporary(path)):
        yield finding("run-outside", path)
    elif text is not None and is_hidden(text):
        yield finding("inline-code", path, "the line writes the file that it runs")
    elif text is not None:
        yield from _judged(text, path, scene, is_shell=is_shell, arguments=arguments)
        if _COMPILED.search(path):
            yield from judge_code(text, scene, language="other")
    elif not _INSTALLED.search(path):
        yield from _from_disk(path, scene, is_shell=is_shell, arguments=arguments)
    yield finding("project-code", path, confidence=0.7)


def _from_disk(
    path: str, scene: Scene, *, is_shell: bool, arguments: tuple[str, ...]
) -> Iterator[Finding]:
    if path.rpartition("/")[2] in _WRAPPERS_OF_BUILDERS:
        return
    for source in scene.sources(path):
        if source is None:
            if scene.is_touched(path):
                yield finding("inline-code", path, "the line makes the file that it runs")
        elif source.text is not None:
            judged = _judged(source.text, path, scene, is_shell=is_shell, arguments=arguments)
            yield from _seen_in(path, judged)
        elif not source.is_program:
            yield finding("not-understood", path, "the file cannot be read")


def _judged(
    text: str, path: str, scene: Scene, *, is_shell: bool, arguments: tuple[str, ...]
) -> Iterator[Finding]:
    first = _FIRST_LINE.match(text)
    name = first.group(1) if first and is_shell else path
    language = language_of(name) if first or not is_shell else "shell"
    if is_shell and (language == "shell" or _SHELLS.search(name)):
        yield from scene.judge_script(text, (path, *arguments), frozenset())
    elif _COMPILED.search(path):
        yield finding("project-code", path, confidence=0.5)
    else:
        yield from judge_code(text, scene, language=language, file=path)


def _seen_in(path: str, found: Iterator[Finding]) -> Iterator[Finding]:
    """Findings that say in which file they are."""
    for one in found:
        yield one.told_of(path)


def recipes(
    targets: list[str], settings: list[str], scene: Scene, *, folder: str, files: list[str]
) -> Iterator[Finding]:
    """What `make` runs for `targets` in `folder`, from `files` or the makefile there."""
    waiting, read = files or [*_first_of(makefile.NAMES, scene, folder)], list[str]()
    together = makefile.Makefile()
    while waiting and len(read) < _MANY_SCRIPTS:
        name = waiting.pop(0)
        if name in read:
            continue
        read.append(name)
        for source in scene.sources(_below(folder, name)):
            if source is not None and source.text is not None:
                one = makefile.read(source.text, settings)
                together.add(one)
                waiting += [part for part in one.includes if "$" not in part and "*" not in part]
            elif source is not None:
                yield finding("not-understood", name, "the makefile cannot be read")
    lines = list(dict.fromkeys(together.commands(targets)))
    if len(lines) > makefile.MAX_LINES:
        yield finding("not-understood", folder, "its makefile has too many recipes to be read")
        return
    for line in lines:
        inside = line if folder == "." else f"cd {shlex.quote(folder)}\n{line}"
        if line.strip():
            judged = scene.judge_script(inside, (), frozenset())
            yield from _seen_in(read[0], iter(judged))


def _first_of(names: tuple[str, ...], scene: Scene, folder: str) -> Iterator[str]:
    for name in names:
        if any(source is not None for source in scene.sources(_below(folder, name))):
            yield name
            return


def _below(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def package_scripts(name: str, scene: Scene, folder: str = ".") -> Iterator[Finding]:
    """What `npm run NAME` runs, with what goes before and after it, from `package.json`."""
    path = _below(folder, "package.json")
    for source in scene.sources(path):
        if source is None:
            continue
        scripts = _scripts_of(source.text)
        if scripts is None:
            yield finding("not-understood", path, "it cannot be read")
            return
        for key in (f"pre{name}", name, f"post{name}"):
            text = scripts.get(key)
            if isinstance(text, str):
                inside = text if folder == "." else f"cd {shlex.quote(folder)}\n{text}"
                known = frozenset(scene.installed(folder))
                yield from _seen_in(path, iter(scene.judge_script(inside, (), known)))


def _scripts_of(text: str | None) -> dict[str, object] | None:
    try:
        whole = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    scripts = whole.get("scripts", {}) if isinstance(whole, dict) else None
    return scripts if isinstance(scripts, dict) else None


def several(command: Command, scene: Scene) -> Iterator[Finding]:
    """`concurrently`, `npm-run-all`: every operand is a script by name or a command line."""
    for word in command.operands:
        name = word.removeprefix("npm:")
        if re.fullmatch(r"[\w:.-]+", name) and "*" not in name:
            yield from package_scripts(name, scene)
        elif "*" not in name:
            yield from scene.judge_text(name)
    yield finding("project-code", command.text, confidence=0.7)
