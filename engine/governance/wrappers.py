"""Programs that start another program given in their own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.governance.files import looking
from engine.governance.rules import Finding, finding
from engine.governance.scene import Handler, Scene, values_of
from engine.governance.shell_outputs import is_listing
from engine.governance.shell_values import INSIDE, UNKNOWN, Command
from engine.governance.shell_words import is_hidden
from engine.governance.zones import GUARDED_NAMES

MAX_ITEMS = 50
_FD_RUNS = ("-x", "-X", "--exec", "--exec-batch")
_FIND_RUNS = ("-exec", "-execdir", "-ok", "-okdir")
_FIND_WRITES = ("-fprint", "-fprintf", "-fprint0", "-fls")
_FIND_TESTS = re.compile(
    r"-(i?name|i?path|i?regex|mtime|mmin|newer\w*|size|empty|user|perm|atime)$"
)
_FIND_OPTIONS = ("-H", "-L", "-P")
_XARGS_TAKES_VALUE = frozenset(
    [
        "-I",
        "-n",
        "-P",
        "-L",
        "-s",
        "-d",
        "-E",
        "-a",
        "--max-args",
        "--max-procs",
        "--delimiter",
        "--arg-file",
    ]
)


def _inner(arguments: tuple[str, ...], takes_value: frozenset[str], skip: int) -> tuple[str, ...]:
    """The words of the wrapped command."""
    rest = list(arguments)
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        word = rest.pop(0)
        if word == "--":
            break
        if word in takes_value and rest:
            rest.pop(0)
    return tuple(rest[skip:])


def _as_command(words: tuple[str, ...], outer: Command) -> Command:
    return Command(name=words[0], arguments=words[1:], fed=outer.fed)


def wrapping(*takes_value: str, skip: int = 0, rule: str = "") -> Handler:
    """A wrapper with options `takes_value` that have a value apart, and `skip` operands before the
    command. `rule` is what the wrapper itself breaks, if anything.
    """

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        if rule:
            yield finding(rule, command.text)
        words = _inner(command.arguments, frozenset(takes_value), skip)
        if words:
            yield from scene.judge_command(_as_command(words, command))

    return judge


def asking_about(command: Command, scene: Scene) -> Iterator[Finding]:
    """`command -v x` only looks; `command x` runs it."""
    if command.arguments[:1] and command.arguments[0] in ("-v", "-V"):
        return
    yield from wrapping()(command, scene)


def env(command: Command, scene: Scene) -> Iterator[Finding]:
    """`env` sets variables and starts a program, or prints all variables."""
    for at, word in enumerate(command.arguments):
        if word in ("-S", "--split-string", "-vS") or word.startswith(("-S", "--split-string=")):
            glued = re.sub(r"^(-v?S|--split-string)=?", "", word)
            yield from scene.judge_text(" ".join((glued, *command.arguments[at + 1 :])))
            return
        if word.startswith(("-C", "--chdir")):
            yield finding("not-understood", command.text, "it changes the folder")
    words = _inner(command.arguments, frozenset({"-u", "--unset", "-C"}), 0)
    pairs = []
    while words and re.match(r"\w+=", words[0]):
        name, _, value = words[0].partition("=")
        pairs.append((name, value))
        words = words[1:]
    if words:
        inner = replace(_as_command(words, command), assignments=tuple(pairs))
        yield from scene.judge_command(inner)
    else:
        yield finding("read-secret", command.text, "it prints all variables", confidence=0.5)


def text_taking(*takes_value: str) -> Handler:
    """`watch`, `hyperfine`: the words are a command line, or one by one a command."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        words = _inner(command.arguments, frozenset(takes_value), 0)
        text = " ".join(words)
        if not text or is_hidden(text):
            yield finding("inline-code", command.text)
            return
        yield from scene.judge_text(text)
        if len(words) > 1:
            yield from scene.judge_command(_as_command(words, command))

    return judge


def xargs(command: Command, scene: Scene) -> Iterator[Finding]:
    """The command gets what flows in: names of files inside where a listing feeds it."""
    mark = _xargs_mark(command)
    fed = INSIDE if command.fed == INSIDE else UNKNOWN
    if command.fed and not is_hidden(command.fed) and fed is UNKNOWN:
        fed = "\n".join(command.fed.splitlines() if mark else command.fed.split())
    files = values_of(command, "-a", "--arg-file")
    for path in files:
        yield from scene.reads(path)
        fed = UNKNOWN
    words = _inner(command.arguments, _XARGS_TAKES_VALUE, 0)
    if not words or words[0].startswith("-"):
        return
    given = tuple(word for word in fed.split("\n") if word)
    if words[-1] in ("-c", "-e", "eval"):
        yield finding("inline-code", command.text, "what flows in is run as text")
    if not mark or not any(mark in word for word in words):
        words = (*words, *given)
        yield from scene.judge_command(Command(name=words[0], arguments=words[1:]))
        return
    if len(given) > MAX_ITEMS:
        yield finding("not-understood", command.text, "it is run too many times to be read")
    for item in given[:MAX_ITEMS] or ("",):
        filled = [word.replace(mark, item) for word in words]
        yield from scene.judge_command(Command(name=filled[0], arguments=tuple(filled[1:])))


def _filled(word: str, mark: str, given: tuple[str, ...]) -> list[str]:
    return [word.replace(mark, one) for one in given] if mark in word and given else [word]


def _xargs_mark(command: Command) -> str:
    for at, word in enumerate(command.arguments):
        if word == "-I" and at + 1 < len(command.arguments):
            return command.arguments[at + 1]
        glued = re.fullmatch(r"(?:-I|-i|--replace(?:=|$))(.*)", word)
        if glued:
            return glued.group(1) or "{}"
    return ""


def find(command: Command, scene: Scene) -> Iterator[Finding]:
    """Searches only look; `-exec`, `-delete` and `-fprint` do not."""
    words = [word for word in command.arguments if word not in _FIND_OPTIONS]
    cut = next(
        (at for at, word in enumerate(words) if word.startswith(("-", "(", "!"))), len(words)
    )
    paths, tests = words[:cut] or ["."], words[cut:]
    if any(is_hidden(word) for word in tests) or UNKNOWN in paths[1:]:
        yield finding("not-understood", command.text, "its tests cannot be foreseen")
    for path in paths:
        yield from scene.reads(path)
    end = 0
    for at, word in enumerate(tests):
        if at < end:
            continue  # a word of the command that -exec runs
        if word in _FIND_RUNS:
            marks = (n for n in range(at, len(tests)) if tests[n] in (";", "+"))
            end = next(marks, len(tests))
            yield from _find_running(tests[at + 1 :], paths, command, scene)
        elif word == "-delete":
            before = tests[:at]
            last = max((n for n, one in enumerate(before) if one in ("-o", "-or", ",")), default=-1)
            yield from _find_deleting(paths, before[last + 1 :], scene)
        elif word in _FIND_WRITES and at + 1 < len(tests):
            yield from scene.writes(tests[at + 1])
        elif word == "-perm" and re.match(r"[-/]?([2467]\d{3}$|[ug+]\S*s)", (*tests, "")[at + 1]):
            yield finding("read-outside", command.text, "it looks for set-id programs")
        elif word == "-samefile" and at + 1 < len(tests):
            yield from scene.reads(tests[at + 1])


def _find_deleting(paths: list[str], before: list[str], scene: Scene) -> Iterator[Finding]:
    yield finding("write-inside", "find -delete")
    for word in before:
        if word in GUARDED_NAMES:
            yield from scene.deletes(word)
    is_picky = any(_FIND_TESTS.match(word) for word in before)
    for path in paths:
        yield from scene.deletes(f"{path}/{INSIDE}" if is_picky else path)


def _find_running(
    words: list[str], paths: list[str], command: Command, scene: Scene
) -> Iterator[Finding]:
    end = next((at for at, word in enumerate(words) if word in (";", "+")), len(words))
    names = [f"{path.rstrip('/')}/{INSIDE}" for path in paths]
    names += [word for word in command.arguments if word in GUARDED_NAMES]
    if "-L" in command.arguments or "-follow" in command.arguments:
        names = [UNKNOWN]
    elif is_listing(command):
        names = [INSIDE]
    elif not any(_FIND_TESTS.match(word) for word in command.arguments):
        names = [*paths, *names]
    filled = [new for word in words[:end] for new in _filled(word, "{}", tuple(names))]
    if filled:
        yield from scene.judge_command(Command(name=filled[0], arguments=tuple(filled[1:])))


def fd(command: Command, scene: Scene) -> Iterator[Finding]:
    """Like `find`: with `-x` it runs a command on every file found."""
    words = command.arguments
    cut = next((at for at, word in enumerate(words) if word in _FD_RUNS), len(words))
    yield from looking(1)(Command(name="fd", arguments=words[:cut]), scene)
    inner = words[cut + 1 :]
    if inner and not any(word.startswith("{") for word in inner):
        inner = (*inner, "{}")
    if inner:
        places = Command(name="fd", arguments=words[:cut]).operands[1:]
        name = UNKNOWN if any(path.startswith(("/", "~", "..")) for path in places) else INSIDE
        filled = tuple(re.sub(r"\{[./]*\}", name, word) for word in inner)
        yield from scene.judge_command(Command(name=filled[0], arguments=filled[1:]))
    elif any(word.startswith(_FD_RUNS) for word in words[:cut]):
        yield finding("inline-code", command.text)
