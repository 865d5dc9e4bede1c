"""Programs that read, write and delete files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname

from engine.governance.rules import Finding, finding
from engine.governance.scene import Handler, Scene, paths_in_options, values_of
from engine.governance.shell_values import UNKNOWN, Command

_SPLITTING = ("cut", "paste", "column", "join", "sort", "fold", "nl")
"""Programs that get a separator as the value of an option, and read no folders."""
_SEPARATORS = ("-d", "-t", "-s", "--delimiter", "--output-delimiter", "--field-separator")
_FETCHED = re.compile(r"(https?|ftps?|s3|gs|rtmp|rtsp)://\w")
CHANGES = finding("write-inside", "", confidence=0.95)
_SET_ID = re.compile(r"(^|,)[ugoa]*[+=][rwxXt]*s|^0?[2-7]\d{3}$")
_FOR_EVERYBODY = re.compile(r"(^|,)[ug]*(o|a)[ugo]*[+=][rxXt]*w|^0?[0-7]?[0-7]{2}[2367]$")
_REMOVED_MODE = re.compile(r"-[rwxXst]+")


def looking(skip: int = 0, *, output: tuple[str, ...] = (), runs: tuple[str, ...] = ()) -> Handler:
    """A program that reads its operands but the first `skip`; options `output` are written to,
    options `runs` name programs to run.
    """

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        yield from running_options(command, runs)
        written = values_of(command, *output) if output else []
        for path in written:
            yield CHANGES
            yield from scene.writes(path)
        for path in command.operands[skip:]:
            if _FETCHED.match(path) and not path.endswith("*"):
                yield finding("network", path)
            is_separator = path in ("/", "~") and command.program in _SPLITTING
            if path not in written and not is_separator:
                yield from scene.reads(path.removeprefix("@"))
        for name, path in paths_in_options(command):
            is_separator = command.program in _SPLITTING and name in _SEPARATORS
            if name not in output and not (is_separator and len(path) <= 2):
                yield from scene.reads(path)

    return judge


def writing(skip: int = 0, *, runs: tuple[str, ...] = ()) -> Handler:
    """A program that writes its operands but the first `skip`, and its option values."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        yield CHANGES
        yield from running_options(command, runs)
        for path in command.operands[skip:]:
            yield from scene.writes(path)
        for _name, path in paths_in_options(command):
            yield from scene.writes(path)

    return judge


def touching(command: Command, scene: Scene) -> Iterator[Finding]:
    """`touch`: with a given time it forges when a file was changed."""
    given = values_of(command, "-t", "-d", "-r", "--date", "--reference", "--time")
    if given or any(re.match(r"-[am]*[tdr]", option) for option in command.options):
        yield finding("not-understood", command.text, "it forges the time of a change")
    yield CHANGES
    for path in command.operands:
        if path not in given:
            yield from scene.writes(path)


def running_options(command: Command, runs: tuple[str, ...]) -> Iterator[Finding]:
    """Options that begin like one of `runs` name a program or code."""
    for option in command.options:
        if runs and option.startswith(runs):
            yield finding("inline-code", option)


def grep(command: Command, scene: Scene) -> Iterator[Finding]:
    """The first operand is a pattern unless `-e` or `-f` gives one."""
    has_pattern = any(
        option.startswith(("-e", "-f", "--regexp", "--file", "--files"))
        for option in command.options
    )
    yield from looking(0 if has_pattern else 1, runs=("--pre", "--hostname-bin"))(command, scene)


def removing(command: Command, scene: Scene) -> Iterator[Finding]:
    """`rm`, `rmdir`, `unlink`."""
    yield CHANGES
    for path in command.operands:
        yield from scene.deletes(path)


def shredding(command: Command, scene: Scene) -> Iterator[Finding]:
    """`shred`, `wipe`: what they delete cannot be had back."""
    yield finding("disk", command.text)
    for path in command.operands:
        yield from scene.deletes(path)
        yield from scene.writes(path)


def copying(command: Command, scene: Scene) -> Iterator[Finding]:
    """`cp`, `install`: read the sources, write the target."""
    yield CHANGES
    targets = values_of(command, "-t", "--target-directory")
    operands = [path for path in command.operands if path not in targets]
    sources, last = (operands, []) if targets else (operands[:-1], operands[-1:])
    for path in sources:
        yield from scene.reads(path)
    for path in (*targets, *last):
        is_temporary = path.rstrip("/") in ("/tmp", "/var/tmp")  # noqa: S108 - judged only
        yield from scene.writes(f"{path.rstrip('/')}/x" if is_temporary else path)
    modes = values_of(command, "-m", "--mode") if command.program == "install" else []
    if any(_SET_ID.search(mode) for mode in modes) or (
        command.program == "install" and values_of(command, "-o", "-g", "--owner", "--group")
    ):
        yield finding("privilege", command.text)


def moving(command: Command, scene: Scene) -> Iterator[Finding]:
    """`mv`: deletes the sources as well."""
    yield from copying(command, scene)
    for path in command.operands[:-1]:
        yield from scene.deletes(path)


def linking(command: Command, scene: Scene) -> Iterator[Finding]:
    """`ln`: a link that leads outside would carry every later access there."""
    yield CHANGES
    *targets, link = command.operands or ("",)
    is_symbolic = command.has_short("s") or "--symbolic" in command.options
    yield from scene.writes(link)
    for path in targets:
        is_relative = is_symbolic and not path.startswith(("/", "~"))
        yield from scene.writes(f"{dirname(link) or '.'}/{path}" if is_relative else path)


def truncating(command: Command, scene: Scene) -> Iterator[Finding]:
    """`truncate`: sizes beyond 100 GB fill the disk."""
    if any(re.search(r"\d{3,}G|\d[TPEZY]|\d{12,}", word) for word in command.arguments):
        yield finding("disk", command.text)
    yield from writing()(command, scene)


def changing_mode(command: Command, scene: Scene) -> Iterator[Finding]:
    """`chmod`: set-id bits and rights to write for everybody are privilege, the rest is a write."""
    yield CHANGES
    taken = [word for word in command.arguments if _REMOVED_MODE.fullmatch(word)]
    operands = [*taken, *command.operands]
    if any(_SET_ID.search(word) or _FOR_EVERYBODY.search(word) for word in operands[:1]):
        yield finding("privilege", command.text)
    for path in operands[1:]:
        yield from scene.writes(path)


def copying_disk(command: Command, scene: Scene) -> Iterator[Finding]:
    """`dd`."""
    yield finding("disk", command.text)
    for word in command.arguments:
        name, _, path = word.partition("=")
        if name == "of":
            yield from scene.writes(path)
        elif name == "if":
            yield from scene.reads(path)


def archiving(command: Command, scene: Scene) -> Iterator[Finding]:
    """`tar`, with bundled letters or dashed options."""
    yield CHANGES
    runs = ("--to-command", "--checkpoint-action", "--use-compress", "-I", "--rsh", "--info-script")
    yield from running_options(command, (*runs, "-F", "--new-volume-script"))
    letters = command.arguments[0] if command.arguments else ""
    is_bundle = not letters.startswith("--")
    if (
        "--absolute-names" in command.options
        or "-P" in command.options
        or (is_bundle and "P" in letters.partition("/")[0])
    ):
        yield finding("write-outside", command.text)
    creates = "c" in letters.partition("=")[0] or "--create" in command.options
    for path in values_of(command, "-C", "--directory", "--one-top-level"):
        yield from scene.reads(path) if creates else scene.writes(path)
    for path in command.operands:
        if re.match(r"[\w.@-]+:", path):
            yield finding("network", path)
        yield from scene.reads(path)
    for path in command.operands[:2] if creates else ():
        if path.startswith(("/", "~", "..")) and ".t" in path:
            yield from scene.writes(path)


def unpacking(command: Command, scene: Scene) -> Iterator[Finding]:
    """`unzip` and its kin write below the present folder or `-d`."""
    yield CHANGES
    targets = values_of(command, "-d", "-o")
    for path in targets or ["."]:
        yield from scene.writes(path)
    for path in command.operands:
        yield from scene.reads(path)


def mirroring(command: Command, scene: Scene) -> Iterator[Finding]:
    """`rsync`: a colon in an operand is another host."""
    remote = [path for path in command.operands if re.match(r"[^/]*:", path)]
    for path in remote:
        yield finding("network", path)
    yield from running_options(command, ("-e", "--rsh", "--rsync-path"))
    if not remote:
        yield from copying(command, scene)


def writing_the_second(command: Command, scene: Scene) -> Iterator[Finding]:
    """`uniq IN OUT`."""
    for path in command.operands[1:]:
        yield CHANGES
        yield from scene.writes(path)
    yield from looking()(command, scene)


def dividing(command: Command, scene: Scene) -> Iterator[Finding]:
    """`split`, `csplit`: write pieces beside each other."""
    yield CHANGES
    yield from running_options(command, ("--filter",))
    for path in command.operands:
        yield from scene.writes(path)


def entering(command: Command, scene: Scene) -> Iterator[Finding]:
    """`cd`, `pushd`, `popd`."""
    for path in command.operands or (("~",) if command.name == "cd" else ()):
        if UNKNOWN in path:
            yield finding("not-understood", command.text, "the folder cannot be foreseen")
        elif path != "-":
            yield from scene.reads(path)
