"""Variables that change how programs are found or loaded, and programs that show all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene
from engine.governance.shell_build import SECRET_NAME
from engine.governance.shell_values import Command

_LOADERS = re.compile(
    r"""(?x) (LD|DYLD|GIT|SSH|PIP|NPM_CONFIG|npm_config|UV|CARGO|RUSTC|GCC|COMPILER|AWS
        |OPENSSL|KRB5|DOCKER
        |KUBE|GOOGLE|AZURE)_\w+
    | PATH | BASH_ENV | ENV | SHELLOPTS | BASHOPTS | PROMPT_COMMAND | PS[0-4] | IFS | SHELL | HOME
    | CDPATH | GLOBIGNORE | PYTHON(STARTUP|HOME|INSPECT|BREAKPOINT|USERBASE|WARNINGS|EXECUTABLE)
    | NODE_OPTIONS | PERL5\w* | PERLLIB | PERL_\w+ | RUBY(OPT|LIB) | GEM_\w+ | LUA_\w+
    | JAVA_TOOL_OPTIONS | _JAVA_OPTIONS | MAVEN_OPTS | GO(FLAGS|PROXY|PATH|BIN|ROOT)
    | \w+_PROXY | (all|https?|ftp|no)_proxy | EDITOR | VISUAL | PAGER | BROWSER
    | MANPAGER | LESS(OPEN|CLOSE) | MAKEFLAGS | HIST\w* | TMPDIR | XDG_\w+ | SUDO_\w+
    | (REQUESTS|CURL|SSL)_\w+ | GCONV_PATH | NLSPATH | TERMINFO | LOCPATH"""
)
_PROGRAMS = re.compile(
    r"(HOST|TARGET_)?(CC|CXX|CPP|LD|AR|AS|NM|FC|RANLIB|STRIP)|(CMAKE|RUSTC|CARGO)_\w*(COMPILER|LAUNCHER"
    r"|WRAPPER|LINKER|RUNNER)\w*|RUSTC|PYTHON|NODE|npm_config_script_shell"
)
"""Variables whose value is a program that builders start."""
_SEARCH_PATHS = ("PYTHONPATH", "NODE_PATH", "CLASSPATH", "MYPYPATH")
_HARMLESS = re.compile(
    r"""(?x) (GIT_PAGER|PAGER|MANPAGER)=(cat)?
    | (GIT_)?(EDITOR|SEQUENCE_EDITOR)=(true|:) | VISUAL=true
    | GIT_(TERMINAL_PROMPT|OPTIONAL_LOCKS)=[01]? | NODE_OPTIONS=(--(max-old-space-size=\d+
    |experimental-vm-modules|no-warnings|trace-warnings)\s*)* | PYTHONWARNINGS=\w*
    | GOFLAGS=(-(mod=\w+|race|count=\d+|v)\s*)+ | MAKEFLAGS=-j\d*
    | CARGO_TERM_\w+=\w* | CARGO_INCREMENTAL=[01] | PIP_(DISABLE_PIP_VERSION_CHECK|NO_INPUT)=\w*
    | UV_(OFFLINE|NO_PROGRESS)=\w* | RUSTC_BACKTRACE=\w+ | PS[0-4]=[^$`]*
    | npm_config_loglevel=\w+ | TMPDIR=(/var)?/tmp(/[\w\x01][\w.\x01-]*)*/?""",
    re.DOTALL,
)


def judge_assignments(command: Command, scene: Scene) -> Iterator[Finding]:
    """Assignments before a command, in `export` or alone."""
    for name, value in command.assignments:
        pair = f"{name}={value}"
        if name in _SEARCH_PATHS:
            yield from _search_path(pair, value, scene)
        elif name == "IFS" and command.program == "read":
            continue
        elif not value and name != "PATH" and not name.startswith("HIST"):
            continue  # an empty or unset variable loads nothing
        elif _PROGRAMS.fullmatch(name) and not _LOADERS.fullmatch(name):
            first, *rest = value.split() or [""]
            yield from scene.judge_command(Command(name=first, arguments=tuple(rest)))
        elif _LOADERS.fullmatch(name) and not _HARMLESS.fullmatch(pair):
            yield finding("shell-environment", pair)


def is_telling_variable(name: str) -> bool:
    """Whether reading or setting it matters: it holds a secret, or programs load by it."""
    return bool(SECRET_NAME.search(name) or (_LOADERS.fullmatch(name) and name != "HOME"))


def _search_path(pair: str, value: str, scene: Scene) -> Iterator[Finding]:
    for path in value.split(":"):
        if path and path != "\x00" and not _stays(path, scene):
            yield finding("shell-environment", pair, "it loads code from outside")


def _stays(path: str, scene: Scene) -> bool:
    return scene.may_run(f"{path}/x")


def printing(command: Command, scene: Scene) -> Iterator[Finding]:
    """`printenv` with names that hold no secret is harmless."""
    del scene
    names = command.operands
    if not names or any(SECRET_NAME.search(name) for name in names):
        yield finding("read-secret", command.text, "it prints variables", confidence=0.5)


def setting(command: Command, scene: Scene) -> Iterator[Finding]:
    """`set` without words prints all variables."""
    del scene
    if not command.arguments:
        yield finding("read-secret", command.text, "it prints all variables", confidence=0.5)
    elif "history" in command.arguments:
        yield finding("shell-environment", command.text, "it hides what is run")


def remembering(command: Command, scene: Scene) -> Iterator[Finding]:
    """`hash -p` binds a name to any file."""
    del scene
    if command.has_short("p"):
        yield finding("shell-environment", command.text)


def shell_options(command: Command, scene: Scene) -> Iterator[Finding]:
    """`shopt`: aliases in scripts would change what later words mean."""
    del scene
    if "expand_aliases" in command.arguments:
        yield finding("shell-environment", command.text)


def declaring(command: Command, scene: Scene) -> Iterator[Finding]:
    """`export -p` and `declare -x` without names print all variables."""
    del scene
    if not command.operands and not command.has_short("f") and not command.has_short("F"):
        yield finding("read-secret", command.text, "it prints all variables", confidence=0.5)
