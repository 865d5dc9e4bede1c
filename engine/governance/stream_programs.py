"""Programs with a small language of their own: sed, awk, jq and yq."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance.files import CHANGES, looking
from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene, values_of
from engine.governance.shell_values import UNKNOWN, Command

MAX_PROGRAM_CHARS = 8192


_SED_RUNS = re.compile(
    r"(?:^|[;{}\n])\s*(?:\d+|\$|/[^/]*/)?\s*!?\s*[eF]\b|"
    r"s([^\w\s\\])(?:\\.|(?!\1).)*\1(?:\\.|(?!\1).)*\1[gpiImM0-9]*e",
    re.DOTALL,
)


_SED_REPLACES = re.compile(r"(\d*,?[\d$]*)s([^\w\s\\])(?:(?!\2).)*\2(?:(?!\2).)*\2[gpiI0-9]*")


_SED_WRITES = re.compile(r"(?:^|[;{}/|#,\n\w])\s*[wWrR]\s+(\S+)")


_AWK_RUNS = re.compile(r"system\s*\(|getline|\||@load")


_AWK_WRITES = re.compile(r"(?:print|printf)\b[^;}\n]*?>>?\s*([^;}\n]+)")


def sed(command: Command, scene: Scene) -> Iterator[Finding]:
    """Scripts may run and write; `-i` writes the operands."""
    scripts = values_of(command, "-e", "--expression")
    files = list(command.operands)
    has_script = bool(scripts) or bool(values_of(command, "-f", "--file"))
    if not has_script and files:
        scripts = [files.pop(0)]
    for script in scripts:
        hides = UNKNOWN in script and not _SED_REPLACES.fullmatch(script)
        if hides or _SED_RUNS.search(script):
            yield finding("inline-code", script, "a sed script may run commands")
        for path in _SED_WRITES.findall(script):
            yield from scene.writes(path)
    for path in values_of(command, "-f", "--file"):
        yield from scene.loads(path)
    is_in_place = any(option.startswith(("-i", "--in-place")) for option in command.options)
    is_in_place = is_in_place or command.has_short("i")
    if is_in_place:
        yield CHANGES
    for path in files:
        if path not in scripts:
            yield from scene.writes(path) if is_in_place else scene.reads(path)


def awk(command: Command, scene: Scene) -> Iterator[Finding]:
    """Programs may run commands, read by `getline` and write."""
    files = list(command.operands)
    programs = [] if values_of(command, "-f", "--file") or not files else [files.pop(0)]
    for at, word in enumerate(command.arguments[:-1]):
        if word in ("-v", "-F", "--assign") and programs == [command.arguments[at + 1]] and files:
            programs = [files.pop(0)]
    if sum(map(len, programs)) > MAX_PROGRAM_CHARS:
        yield finding("inline-code", command.text, "its program is too long to be read")
        return
    yield from _awk_programs(programs, scene)
    if any(option.startswith(("-i", "-l", "--include", "--load")) for option in command.options):
        yield finding("inline-code", command.text)
    for path in values_of(command, "-f", "--file"):
        if not scene.may_run(path):
            yield finding("run-outside", path)
    for path in files:
        yield from scene.reads(path)


def _awk_programs(programs: list[str], scene: Scene) -> Iterator[Finding]:
    for program in programs:
        if UNKNOWN in program or "/inet" in program or _AWK_RUNS.search(_bare(program)):
            yield finding("inline-code", program, "an awk program may run commands")
        for target in _AWK_WRITES.findall(program):
            yield from _awk_target(target.strip(), scene)


def _awk_target(target: str, scene: Scene) -> Iterator[Finding]:
    literal = re.fullmatch(r'"([^"]*)"', target)
    if literal:
        yield CHANGES
        yield from scene.writes(literal.group(1))
    elif not re.match(r"[\d(]", target):
        yield finding("not-understood", target, "an awk program writes to a computed name")


def _bare(program: str) -> str:
    """An awk program without strings, regular expressions and `||`, in which a bar is a pipe."""
    program = re.sub(r'"(?:\\.|[^"\n\\])*"', '""', program)
    return re.sub(r"/(?:\\.|[^/\n\\])*/(?=[\s{,)&|]|$)", "//", program).replace("||", "")


_ASKS_THE_WORLD = re.compile(
    r"\$ENV\b|(?<![.\w\"$-])env\b|\b(strenv|envsubst|load(_\w+)?|system|include|import)\s*[(\"]"
)


def querying(command: Command, scene: Scene) -> Iterator[Finding]:
    """`jq`, `yq`: the first operand is a program; `-i` writes the others."""
    programs = command.operands[: 2 if command.program == "yq" else 1]
    if any(_ASKS_THE_WORLD.search(word) for word in programs):
        yield finding("read-secret", command.text, "its program reads the environment or files")
    for path in values_of(command, "-L", "-f", "--from-file"):
        yield from scene.loads(path)
    yield from looking(1)(command, scene)
    if command.has_short("i") or "--inplace" in command.options:
        yield CHANGES
        for path in command.operands[1:]:
            yield from scene.writes(path)
