"""Programs that run code: shells and languages, with files, with text, with what is piped in."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

from engine.governance.files import looking, writing
from engine.governance.inline_code import judge_code
from engine.governance.rules import Finding, finding
from engine.governance.run_scripts import is_address, language_of, running_file
from engine.governance.scene import Handler, Scene, paths_in_options, values_of
from engine.governance.shell_values import Command, names_of
from engine.governance.shell_words import is_hidden

_PYTHON_TAKES_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_NODE_TAKES_VALUE = frozenset({"--test-name-pattern", "--test-reporter", "-C", "--conditions"})
_ONLY_CHECKS = {"ruby": ("-c", "-wc", "-cw"), "node": ("--check", "-c")}
"""Options that read a program and do not run it."""
_LOADS_CODE = ("-r", "--require", "--import", "--loader", "--experimental-loader", "-I", "-M", "-m")
MODULE_RULES = {
    "network": """http.server SimpleHTTPServer ftplib smtplib smtpd telnetlib poplib imaplib nntplib
        webbrowser antigravity pyftpdlib uvicorn gunicorn hypercorn flask httpie httpx awscli
        aiosmtpd wsgiref.simple_server xmlrpc.server socketserver jupyter notebook""",
    "package-install": "ensurepip pipx easy_install build uv poetry setuptools",
    "publish": "twine flit",
    "interactive": "pty code idlelib pdb IPython bdb",
}
_MODULES = {name: rule for rule, names in MODULE_RULES.items() for name in names.split()}


def fed_code(command: Command, scene: Scene, *, is_shell: bool) -> Iterator[Finding]:
    """Code that flows in through standard input."""
    if command.fed is None:
        yield finding("interactive", command.text)
    elif is_hidden(command.fed) or not command.fed.strip("\x01"):
        yield finding("inline-code", command.text, "what flows into it cannot be foreseen")
    elif is_shell:
        yield from scene.judge_text(command.fed)
    else:
        yield from judge_code(command.fed, scene, language=language_of(command.program))


def language(
    inline: str, *, takes_value: frozenset[str] = frozenset(), module: Handler | None = None
) -> Handler:
    """An interpreter whose options matching `inline` carry code."""
    is_inline = re.compile(inline).fullmatch

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        arguments, passed = list(command.arguments), list[str]()
        while arguments and arguments[0].startswith("-") and arguments[0] != "-":
            word = arguments.pop(0)
            if word in ("--version", "-V", "-VV", "--help", "-h", "-v") and not arguments:
                return
            if is_inline(word):
                loaded = [] if module else passed
                code = "\n".join((*arguments[:1], word.partition("=")[2], *loaded))
                language = language_of(command.program)
                yield from judge_code(code, scene, language=language)
                yield from _operands(arguments[1:], scene)
                return
            if module is not None and word.startswith("-m"):
                words = [word[2:], *arguments] if len(word) > 2 else arguments
                yield from _module(words, command, scene, module)
                return
            if word == "--test":
                yield finding("project-code", command.text, confidence=0.8)
                yield from _operands(arguments, scene)
                return
            if word in _ONLY_CHECKS.get(language_of(command.program), ()):
                yield from looking()(Command(name="", arguments=tuple(arguments)), scene)
                return
            yield from _loading(word, arguments, scene)
            yield from _options(word, command, scene)
            passed.append(word)
            if word in takes_value and arguments:
                arguments.pop(0)
        redirected = [one.target for one in command.redirects if one.operator == "<"]
        files = [*arguments, *redirected]
        if not files or files[0] == "-":
            yield from fed_code(command, scene, is_shell=False)
            return
        yield from running_file(files[0], scene, is_shell=False)
        yield from _set_up(files, command)
        yield from _managed(files, command, scene)
        yield from _operands(files[1:], scene)

    return judge


_MANAGED = {
    "dbshell": "interactive",
    "flush": "delete-outside",
    "reset_db": "delete-outside",
    "createsuperuser": "interactive",
    "changepassword": "interactive",
}


def _managed(files: list[str], command: Command, scene: Scene) -> Iterator[Finding]:
    """`manage.py`: its `shell` runs text, some verbs reach beyond the tree."""
    if files[0].rpartition("/")[2] != "manage.py" or len(files) < 2:
        return
    verb, rest = files[1], files[2:]
    inner = Command(name=verb, arguments=tuple(rest))
    codes = values_of(inner, "-c", "--command")
    if verb in ("shell", "shell_plus") and not codes:
        yield from fed_code(command, scene, is_shell=False)
    for code in codes if verb in ("shell", "shell_plus") else ():
        yield from judge_code(code, scene, language="python")
    if verb in _MANAGED:
        yield finding(_MANAGED[verb], command.text)
    if any(re.match(r"(0\.){3}0|\[::\]|0:", word) for word in rest):
        yield finding("network", command.text, "it serves to everybody")


def _set_up(files: list[str], command: Command) -> Iterator[Finding]:
    """`setup.py install` and `setup.py upload`."""
    if files[0].rpartition("/")[2] == "setup.py":
        if {"install", "develop", "easy_install"} & set(files):
            yield finding("package-install", command.text)
        if {"upload", "register"} & set(files):
            yield finding("publish", command.text)


def _loading(word: str, arguments: list[str], scene: Scene) -> Iterator[Finding]:
    """Options that load code or search folders besides the program itself."""
    for name in _LOADS_CODE:
        if word == name and arguments:
            path = arguments[0]
            if path.startswith(("/", "~", "..", "data:", "http")):
                yield finding("run-outside", path)
        elif word.startswith((f"{name}=", f"{name}/", f"{name}~")):
            yield from running_file(word[len(name) :].lstrip("="), scene, is_shell=False)


_OPENS = re.compile(r"--inspect(-brk|-wait)?=(?!127\.|localhost)|--allow-\w+")
_RUNS_BY_OPTION = re.compile(
    r"-d(:|t:|:\w)|-d.*(prepend|append|extension|include_path|sendmail|open_basedir|disable_)"
)


def _options(word: str, command: Command, scene: Scene) -> Iterator[Finding]:
    """Options that open a port, name a file, or run something besides the program."""
    if _OPENS.match(word):
        yield finding("network", command.text)
    if _RUNS_BY_OPTION.match(word) or (
        word == "-d" and _RUNS_BY_OPTION.match(f"-d{' '.join(command.arguments)}")
    ):
        yield finding("inline-code", command.text)
    perl_module = re.fullmatch(r"-[mM]-?([\w:]+)(=.*)?", word)
    if perl_module and command.program.startswith("perl"):
        yield from judge_code(f"use {perl_module.group(1)};", scene, language="perl")
    for name, path in paths_in_options(Command(name="", arguments=(word,))):
        if name not in _LOADS_CODE:
            yield from scene.loads(path)


def _operands(words: list[str], scene: Scene) -> Iterator[Finding]:
    for word in words:
        if is_address(word):
            yield finding("network", word)
        if not word.startswith("-"):
            yield from scene.reads(word)
    command = Command(name="", arguments=tuple(words))
    for _name, path in paths_in_options(command):
        yield from scene.writes(path)


def _module(words: list[str], command: Command, scene: Scene, module: Handler) -> Iterator[Finding]:
    name, arguments = (words[0], tuple(words[1:])) if words else ("", ())
    rule = _MODULES.get(name) or _MODULES.get(name.partition(".")[0])
    if name and arguments in (("--help",), ("-h",)) and not is_hidden(name):
        yield finding("read", command.text)
    elif is_hidden(name) or not name:
        yield finding("not-understood", command.text)
    elif rule:
        yield finding(rule, command.text)
    else:
        inner = Command(name=name, arguments=arguments, fed=command.fed)
        yield from module(inner, scene)


_PLAIN_MODULES = names_of(
    """this calendar site platform sysconfig tokenize ast dis pprint base64 gzip inspect tabnanny
    pyclbr pickletools textwrap locale uuid random symtable quopri filecmp fileinput difflib
    mimetypes json.tool json unittest compileall py_compile sqlite3 encodings.rot_13
    keyword token zoneinfo"""
)
_SCRIPT_RUNNERS = names_of("cProfile profile trace doctest pyinstrument kernprof scalene memray")


def python_module(known: Callable[[str], Handler | None]) -> Handler:
    """Judges `python -m name`: by the program of that name where there is one. A module of the
    standard library that is in no list can do anything.
    """

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        name, handler = command.name, known(command.name)
        yield finding("project-code", command.text, confidence=0.7)
        if command.arguments in (("--help",), ("-h",), ("--version",)):
            return
        if name in _SCRIPT_RUNNERS:
            yield from _through(command, scene)
        elif handler is not None:
            yield from handler(command, scene)
        elif name == "timeit":
            codes = (*command.operands, *values_of(command, "-s", "--setup"))
            for code in codes:
                yield from judge_code(code, scene, language="python")
        elif name in ("zipfile", "tarfile", "venv", "virtualenv"):
            yield from writing()(command, scene)
        elif name.partition(".")[0] in sys.stdlib_module_names and name not in _PLAIN_MODULES:
            yield finding("inline-code", command.text, "what this module does is not known")
        else:
            yield from looking()(command, scene)
            for path in command.operands:
                yield from scene.loads(path)

    return judge


def _through(command: Command, scene: Scene) -> Iterator[Finding]:
    """`-m cProfile [options] script ...`, `coverage run -m module ...`: judged as what it runs."""
    words = command.arguments
    for at, word in enumerate(words):
        if word == "-m" or word.endswith(".py") or (not word.startswith("-") and "/" in word):
            yield from scene.judge_command(Command(name="python", arguments=words[at:]))
            return


def covering(plain: Handler) -> Handler:
    """`coverage run` runs a script or a module; its other verbs report."""

    def judge(command: Command, scene: Scene) -> Iterator[Finding]:
        if command.arguments[:1] == ("run",):
            yield from _through(command, scene)
        yield from plain(command, scene)

    return judge


def python(known: Callable[[str], Handler | None]) -> Handler:
    """CPython and its twins."""
    return language(
        r"-[bBdEiIOqsSuvx]*c", takes_value=_PYTHON_TAKES_VALUE, module=python_module(known)
    )


NODE = language(r"-(e|p|pe)|--eval(=.*)?|--print(=.*)?", takes_value=_NODE_TAKES_VALUE)
PERL_OR_RUBY = language(r"-[acilnpswW0-7.]*[eE]")
_PHP = language(r"-[rBRE]")
OTHER = language(r"-[eEcl]|--eval|eval|--exec")


def php(command: Command, scene: Scene) -> Iterator[Finding]:
    """With `-S` it serves files to the network."""
    if "-S" in command.options:
        yield finding("network", command.text)
    elif command.options == ("-l",):
        yield from looking()(command, scene)
    else:
        yield from _PHP(command, scene)


def perl(command: Command, scene: Scene) -> Iterator[Finding]:
    """Perl and Ruby; with `-i` they write their operands."""
    yield from PERL_OR_RUBY(command, scene)
    if any(re.match(r"-[acnpsl]*i", option) for option in command.options):
        yield finding("write-inside", command.text)
        for path in command.operands[1:]:
            yield from scene.writes(path)
