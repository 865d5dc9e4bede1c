"""Checkers, compilers, test runners and builders: they run the code and the settings of the
project, and nothing from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from engine.governance.rules import Finding, finding
from engine.governance.run_scripts import recipes
from engine.governance.scene import COMPILERS, Handler, Scene, paths_in_options, values_of
from engine.governance.shell_values import Command, names_of
from engine.governance.shell_words import is_hidden

OUTPUTS = (
    "--output", "--outfile", "--out-dir", "--outDir", "--output-file", "--junitxml", "--junit-xml",
    "--basetemp", "--log-file", "--report", "--html", "--xml", "--cache-dir", "--cache_dir",
    "--cov-report", "--target-dir", "--install-prefix", "--coverage-dir", "--workdir", "--dest",
    "--cache-location", "--coverageDirectory", "--cacheDirectory", "--json-report-file",
)  # fmt: skip
_CODE = re.compile(
    r"--(init-hook|script-shell|node-options|eval|exec|test-command|build-and-test|shell|pdb"
    r"|python-executable|rsh|to-command|pager|editor)(=|$)"
    r"|-(toolexec|exec|vettool|wrapper|fplugin|specs|agentpath|agentlib|javaagent|J-|X?load)"
    r"|-XX:On|--?(C=?|codegen=?)?linker=|--install-types|--explain$|--load(=|$)|-Xclang|-Xplugin"
)
_STARTS = re.compile(r"(^|[\w.-])(linker|runner|rustc-(workspace-)?wrapper)\s*=")
_OF_COMPILERS = re.compile(r"^-B$|^-B.*/|^-processor|^--plugin=.*/|^-rpath$|-fuse-ld=/")
_LOADS_A_NAME = re.compile(
    r"-(c|r|p|I|b|f|C|t|s)|--[\w-]*(config|plugin|rule|require|load|setup|preset|init|root|filter"
    r"|resolve|transform|environment|engine|settings|format|report|manifest|project|prefix|cwd|dir"
    r"|file|script|extension)[\w-]*",
    re.IGNORECASE,
)
_TO_EVERYBODY = re.compile(r"(--?\w[\w-]*=)?(0\.0\.0\.0|\[?::\]?)(:\d+)?")
_ADDRESS = re.compile(r"(https?|ftp|git|ssh|s3|wss?)://", re.IGNORECASE)
_LOCAL_ADDRESS = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])([:/]|$)")
_VERBS: Mapping[str, str] = {
    "publish": """publish deploy release push upload gh-deploy ghpages version-packages ship
        publish-packages""",
    "network": "login logout connect telemetry link open codegen pull fetch dlx migrate share",
    "package-install": "add install upgrade create init-project self-update update-deps",
    "interactive": "console shell dbconsole repl",
    "inline-code": "runner exec",
    "delete-outside": "downgrade db:drop db:reset db:purge db:drop:all reset_db flush",
}
_RULE_OF_VERB = {verb: rule for rule, verbs in _VERBS.items() for verb in verbs.split()}
_HAS_VERBS = names_of(
    """alembic lerna turbo nx next buf mkdocs flask django-admin rails playwright cypress storybook
    astro spectral redocly dune wily opa biome drizzle-kit graphql-codegen hatch rescript
    xcodebuild"""
)


_SOURCE = re.compile(r"\.(c|cc|cpp|cxx|m|mm|rs|f90|java|kt|swift|s|S|asm|hs|ml)$")


def project_tool(
    *, output: tuple[str, ...] = (), runs: tuple[str, ...] = (), reads: bool = False
) -> Handler:
    """A tool that executes code of the project and writes its outputs.

    Args:
        output: its own options whose values it writes, besides the usual ones.
        runs: beginnings of options that name a program or code to run.
        reads: its operands are text that it reads, not code that it runs; they may lie in the
            temporary folder.
    """

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        yield finding("project-code", command.text, confidence=0.85)
        yield from _spoken(command, runs)
        names = (*output, *OUTPUTS)
        written = values_of(command, *names)
        for path in written:
            yield from scene.writes(path)
        is_compiler = COMPILERS.fullmatch(command.program) is not None
        may_be_anywhere = reads or is_compiler
        named = set[str]() if is_compiler else set(_named_by_options(command))
        for path in command.operands:
            if path.startswith("\\"):
                yield finding("inline-code", path)
            elif path not in written:
                word = path.partition("::")[0].removeprefix("@")
                is_text = may_be_anywhere and path not in named
                is_foreign = is_compiler and _SOURCE.search(word) and scene.is_of_the_system(word)
                if is_foreign:
                    yield finding("run-outside", word)
                yield from scene.reads(word) if is_text else scene.loads(word)
        for name, path in paths_in_options(command):
            if name in names:
                yield from scene.writes(path)
            elif is_compiler or (reads and not _LOADS_A_NAME.fullmatch(name)):
                yield from scene.reads(path)
            else:
                yield from scene.loads(path)

    return judge


def _spoken(command: Command, runs: tuple[str, ...]) -> Iterator[Finding]:
    """What its words alone say, whatever they lead to."""
    for option in command.options:
        if (runs and option.startswith(runs)) or _CODE.match(option):
            yield finding("inline-code", option)
    for word in command.arguments:
        if _TO_EVERYBODY.fullmatch(word):
            yield finding("network", command.text, "it serves to everybody")
        elif _ADDRESS.match(word) and not _LOCAL_ADDRESS.match(word):
            yield finding("network", word)
        elif _STARTS.search(word) or (
            _OF_COMPILERS.search(word) and COMPILERS.fullmatch(command.program)
        ):
            yield finding("inline-code", word)
    verbs = command.operands
    verb = verbs[1] if verbs[:1] == ("run",) and len(verbs) > 1 else (*verbs, "")[0]
    if command.program in _HAS_VERBS and verb in _RULE_OF_VERB:
        yield finding(_RULE_OF_VERB[verb], command.text)


def _named_by_options(command: Command) -> Iterator[str]:
    """Words that stand behind an option which loads what it names."""
    words = command.arguments
    for option, word in pairwise(words):
        if _LOADS_A_NAME.fullmatch(option):
            yield word


def labelled(command: Command, scene: Scene) -> Iterator[Finding]:
    """A build tool whose operands are labels such as `//app:test`, not paths."""
    del scene
    yield finding("project-code", command.text, confidence=0.7)


def formatter(command: Command, scene: Scene) -> Iterator[Finding]:
    """A tool that may rewrite its operands."""
    yield from project_tool(reads=True)(command, scene)
    for path in command.operands:
        if path not in set(_named_by_options(command)):
            yield from scene.writes(path)


_CMAKE_VERBS: Mapping[str, str] = {
    "copy": "cp", "copy_directory": "cp", "copy_if_different": "cp", "rename": "mv", "rm": "rm",
    "remove": "rm", "remove_directory": "rm", "make_directory": "mkdir", "touch": "touch",
    "echo": "echo", "cat": "cat", "md5sum": "md5sum", "sha256sum": "sha256sum", "env": "env",
    "compare_files": "cmp", "create_symlink": "ln", "tar": "tar", "sleep": "sleep", "time": "time",
}  # fmt: skip


_CMAKE_PLACE = re.compile(r"-D\w*(PREFIX|_DIR|_ROOT)\b|-D[\w:]+=/(usr|opt|lib)")


def cmake(command: Command, scene: Scene) -> Iterator[Finding]:
    """`cmake --install` copies into the system; `cmake -E` is a small shell of its own."""
    words = command.arguments
    if words[:1] == ("-E",):
        verb = words[1] if len(words) > 1 else "help"
        if verb in _CMAKE_VERBS:
            inner = Command(name=_CMAKE_VERBS[verb], arguments=words[2:])
            yield from scene.judge_command(inner)
        elif verb not in ("help", "capabilities", "environment"):
            yield finding("inline-code", command.text)
        return
    if "--install" in command.options:
        yield finding("package-install", command.text)
    kept = tuple(word for word in words if not _CMAKE_PLACE.match(word))
    yield from project_tool(output=("-B",))(Command(name="cmake", arguments=kept), scene)


PUBLISHING_TARGETS = ("publish", "deploy", "release", "push", "upload", "dist-upload", "ship")
_TOOL_VARIABLES = re.compile(r"[A-Z_]*(CC|CXX|LD|AR|AS|CPP|SHELL|PYTHON|NODE|RM|INSTALL|CMD|TOOL)")


def make(command: Command, scene: Scene) -> Iterator[Finding]:
    """Targets of the project, but for those that install or publish."""
    settings = [word for word in command.operands if re.match(r"\w+[:?+]?=", word)]
    kept = tuple(word for word in command.arguments if word not in settings)
    plain = Command(
        name="make" if command.program in ("make", "gmake") else command.program,
        arguments=kept,
        fed=command.fed,
    )
    is_shown = command.has_short("n") or "--dry-run" in command.options
    yield from () if is_shown else _make_targets(plain)
    yield from project_tool(runs=("--eval", "-E"))(plain, scene)
    for path in values_of(plain, "-C", "-f", "--directory", "--file", "--makefile"):
        if not scene.may_run(f"{path}/x") or path == "-":
            yield finding("run-outside", path)
    for word in settings:
        yield from _make_setting(word, scene)
    yield from _recipes(plain, settings, scene)


def _recipes(plain: Command, settings: list[str], scene: Scene) -> Iterator[Finding]:
    folders = values_of(plain, "-C", "--directory")
    files = values_of(plain, "-f", "--file", "--makefile")
    numbers = values_of(plain, "-j", "-l", "-o", "-W")
    targets = [w for w in plain.operands if w not in (*folders, *files, *numbers)]
    if not any(map(is_hidden, (*folders, *files, *targets))) and plain.program == "make":
        yield from recipes(targets, settings, scene, folder="/".join(folders) or ".", files=files)


def _make_targets(plain: Command) -> Iterator[Finding]:
    for word in plain.operands:
        if word == "execute" or word.startswith(("/bin/", "/usr/")) or is_hidden(word):
            yield finding("inline-code", plain.text)
        elif word == "install" or word.startswith("install-"):
            yield finding("package-install", plain.text)
        elif word in PUBLISHING_TARGETS:
            yield finding("publish", plain.text)


def _make_setting(word: str, scene: Scene) -> Iterator[Finding]:
    """A variable for the recipes: a program by name is judged as that program."""
    name, _, value = word.partition("=")
    if name in ("SHELL", "PATH") or is_hidden(word) or re.search(r"[;&|<>`$()\n]", value):
        yield finding("inline-code", word)
    elif value and _TOOL_VARIABLES.fullmatch(name):
        first, *rest = value.split() or [""]
        yield from scene.judge_command(Command(name=first, arguments=tuple(rest)))
