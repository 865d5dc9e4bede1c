"""Programs that read, write and delete files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname

from engine.governance.rules import Finding, finding
from engine.governance.scene import Handler, Scene, paths_in_options, values_of
from engine.governance.shell_values import UNKNOWN, Command

MAX_PROGRAM_CHARS = 8192
_SPLITTING = ("cut", "paste", "column", "join", "sort", "fold", "nl")
"""Programs that get a separator as the value of an option, and read no folders."""
_CHANGES = finding("write-inside", "", confidence=0.95)
_SED_RUNS = re.compile(
    r"(?:^|[;{}\n])\s*(?:\d+|\$|/[^/]*/)?\s*!?\s*[eF]\b|"
    r"s([^\w\s\\])(?:\\.|(?!\1).)*\1(?:\\.|(?!\1).)*\1[gpiImM0-9]*e",
    re.DOTALL,
)
_SED_REPLACES = re.compile(r"(\d*,?[\d$]*)s([^\w\s\\])(?:(?!\2).)*\2(?:(?!\2).)*\2[gpiI0-9]*")
_SED_WRITES = re.compile(r"(?:^|[;{}/|#,\n\w])\s*[wWrR]\s+(\S+)")
_AWK_RUNS = re.compile(r"system\s*\(|getline|\||@load")
_AWK_WRITES = re.compile(r"(?:print|printf)\b[^;}\n]*?>>?\s*([^;}\n]+)")
_SET_ID = re.compile(r"(^|,)[ugoa]*[+=][rwxXt]*s|^0?[2-7]\d{3}$")
_FOR_EVERYBODY = re.compile(r"(^|,)[ug]*(o|a)[ugo]*[+=][rxXt]*w|^0?[0-7]?[0-7]{2}[2367]$")
_REMOVED_MODE = re.compile(r"-[rwxXst]+")


def looking(skip: int = 0, *, output: tuple[str, ...] = (), runs: tuple[str, ...] = ()) -> Handler:
    """A program that reads its operands but the first `skip`; options `output` are written to,
    options `runs` name programs to run.
    """

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        yield from _running_options(command, runs)
        written = values_of(command, *output) if output else []
        for path in written:
            yield _CHANGES
            yield from scene.writes(path)
        for path in command.operands[skip:]:
            is_separator = path in ("/", "~") and command.program in _SPLITTING
            if path not in written and not is_separator:
                yield from scene.reads(path.removeprefix("@"))
        for name, path in paths_in_options(command):
            if name not in output:
                yield from scene.reads(path)

    return judge


def writing(skip: int = 0, *, runs: tuple[str, ...] = ()) -> Handler:
    """A program that writes its operands but the first `skip`, and its option values."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        yield _CHANGES
        yield from _running_options(command, runs)
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
    yield _CHANGES
    for path in command.operands:
        if path not in given:
            yield from scene.writes(path)


def _running_options(command: Command, runs: tuple[str, ...]) -> Iterator[Finding]:
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
    yield _CHANGES
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
    yield _CHANGES
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
    yield _CHANGES
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
    yield _CHANGES
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
        yield _CHANGES
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
        yield _CHANGES
        yield from scene.writes(literal.group(1))
    elif not re.match(r"[\d(]", target):
        yield finding("not-understood", target, "an awk program writes to a computed name")


def _bare(program: str) -> str:
    """An awk program without strings, regular expressions and `||`, in which a bar is a pipe."""
    program = re.sub(r'"(?:\\.|[^"\n\\])*"', '""', program)
    return re.sub(r"/(?:\\.|[^/\n\\])*/(?=[\s{,)&|]|$)", "//", program).replace("||", "")


def archiving(command: Command, scene: Scene) -> Iterator[Finding]:
    """`tar`, with bundled letters or dashed options."""
    yield _CHANGES
    runs = ("--to-command", "--checkpoint-action", "--use-compress", "-I", "--rsh", "--info-script")
    yield from _running_options(command, (*runs, "-F", "--new-volume-script"))
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
    yield _CHANGES
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
    yield from _running_options(command, ("-e", "--rsh", "--rsync-path"))
    if not remote:
        yield from copying(command, scene)


def writing_the_second(command: Command, scene: Scene) -> Iterator[Finding]:
    """`uniq IN OUT`."""
    for path in command.operands[1:]:
        yield _CHANGES
        yield from scene.writes(path)
    yield from looking()(command, scene)


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
        yield _CHANGES
        for path in command.operands[1:]:
            yield from scene.writes(path)


def dividing(command: Command, scene: Scene) -> Iterator[Finding]:
    """`split`, `csplit`: write pieces beside each other."""
    yield _CHANGES
    yield from _running_options(command, ("--filter",))
    for path in command.operands:
        yield from scene.writes(path)


def entering(command: Command, scene: Scene) -> Iterator[Finding]:
    """`cd`, `pushd`, `popd`."""
    for path in command.operands or (("~",) if command.name == "cd" else ()):
        if UNKNOWN in path:
            yield finding("not-understood", command.text, "the folder cannot be foreseen")
        elif path != "-":
            yield from scene.reads(path)


def reading_xml(command: Command, scene: Scene) -> Iterator[Finding]:
    """`xmllint`: entities may be fetched; its shell and catalogs reach further."""
    reaches = ("--shell", "--noent", "--load", "--dtdvalid", "--catalogs", "--xinclude", "--path")
    yield from _running_options(command, (*reaches, "--memory-"))
    expressions = values_of(command, "--xpath", "--pattern", "--encode", "--format-level")
    kept = tuple(word for word in command.arguments if word not in expressions)
    inner = Command(name="xmllint", arguments=kept)
    yield from looking(output=("-o", "--output"))(inner, scene)


_DIGESTS = (
    "version",
    "dgst",
    "rand",
    "ciphers",
    "list",
    "prime",
    "md5",
    "sha1",
    "sha256",
    "sha512",
)


def digesting(command: Command, scene: Scene) -> Iterator[Finding]:
    """`openssl`: digests, random bytes and certificates to look at; all the rest is asked."""
    verb = command.arguments[0] if command.arguments else ""
    shows = verb in ("x509", "asn1parse", "crl", "verify") and "-signkey" not in command.options
    if verb in ("s_client", "s_server", "s_time", "ocsp"):
        yield finding("network", command.text)
    elif verb not in _DIGESTS and not shows:
        yield finding("inline-code", command.text, "it encrypts, connects or handles keys")
    loads = ("-engine", "-provider", "-config", "-sign", "-hmac", "-mac", "-CAkey", "-key")
    yield from _running_options(command, loads)
    inner = Command(name="openssl", arguments=command.arguments[1:])
    yield from looking(output=("-out", "-writerand"))(inner, scene)


_MEDIA_REACHES_OUT = re.compile(r"^[@|]|^-(if|config|execute|listen|f$|i$.*:)|:|\|")


def converting(command: Command, scene: Scene) -> Iterator[Finding]:
    """Converters of pictures and films: their file names may carry a scheme such as `mvg:` or
    `concat:`, and then they read, fetch or run anything.
    """
    yield _CHANGES
    odd = [word for word in command.arguments if _MEDIA_REACHES_OUT.search(word)]
    if odd:
        yield finding("inline-code", odd[0], "a converter may read, fetch or run by such a word")
    for path in command.operands[:-1]:
        yield from scene.reads(path)
    for path in command.operands[-1:]:
        yield from scene.writes(path)


def paging(command: Command, scene: Scene) -> Iterator[Finding]:
    """`less`, `more`: without a terminal they print, and nobody is there to type `!sh`."""
    runs = any(word.startswith("+") for word in command.arguments)
    if runs or any(option.startswith(("--lesskey", "-k", "--cmd")) for option in command.options):
        yield finding("interactive", command.text)
    yield from looking(output=("-o", "-O", "--log-file", "--LOG-FILE"))(command, scene)


def watching_processes(command: Command, scene: Scene) -> Iterator[Finding]:
    """`top -b -n1` prints once; without that it waits for keys."""
    del scene
    is_once = command.has_short("b") and command.has_short("n")
    if not is_once and not (command.has_short("l") and not command.has_short("i")):
        yield finding("interactive", command.text)
