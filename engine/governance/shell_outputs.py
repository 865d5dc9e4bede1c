"""What a command is known to print: enough to see through `$(echo rm)` and `echo ... | sh`."""

from __future__ import annotations

import re
from posixpath import dirname

from engine.governance.shell_values import DECODED, INSIDE, UNKNOWN, Command, names_of
from engine.governance.shell_words import decode_escapes

_QUIET = frozenset(
    [
        "date",
        "wc",
        "nproc",
        "id",
        "whoami",
        "basename",
        "uname",
        "hostname",
        "expr",
        "seq",
        "arch",
        "tty",
        "getconf",
        "stat",
        "du",
    ]
)
_DECODERS = frozenset(
    [
        "base64",
        "base32",
        "xxd",
        "openssl",
        "rev",
        "tr",
        "uudecode",
        "gunzip",
        "zcat",
        "gzip",
        "xz",
        "bzip2",
        "od",
        "hexdump",
        "python",
        "python3",
        "perl",
        "ruby",
        "node",
        "awk",
        "gawk",
        "gpg",
        "printf",
    ]
)
_PICKY = ("-name", "-iname", "-path", "-regex", "-newer", "-mtime", "-size", "-empty")
_FILTERS = frozenset(["grep", "egrep", "fgrep", "sort", "head", "tail", "uniq"])
_LISTING_GIT = frozenset(["ls-files", "diff", "status", "grep"])
_NAMING_GIT = frozenset(
    ["rev-parse", "merge-base", "rev-list", "describe", "branch", "hash-object"]
)


def output_of(command: Command, fed: str | None, *, here: str, top: str) -> str:
    """What `command` prints when `fed` flows into it; `here` stands for the present folder,
    `top` for the worktree.
    """
    program = command.program
    if fed is not None and DECODED in fed:
        return DECODED
    if program in ("echo", "printf"):
        return _spoken(command)
    if program in ("cat", "tee"):
        return _passed_on(command, fed)
    if program in _FILTERS and fed == INSIDE:
        return fed
    if is_listing(command) or program in _QUIET:
        return INSIDE
    if program == "find":
        return _everything_below(command) or UNKNOWN
    if program in ("pwd", "dirname"):
        return here if program == "pwd" else _folder_of(command)
    if program == "git":
        return _said_by_git(command, top)
    if program == "mktemp" and not command.operands and not command.has_short("p"):
        return f"/tmp/{INSIDE}"  # noqa: S108 - the name is judged, not used
    return DECODED if program in _DECODERS else UNKNOWN


def _folder_of(command: Command) -> str:
    """What `dirname` prints."""
    one = command.operands[0] if len(command.operands) == 1 else UNKNOWN
    return UNKNOWN if UNKNOWN in one else dirname(one) or "."


_ONLY_NAMES = names_of(
    "-type -maxdepth -mindepth -print -print0 -not -depth -prune -perm -mmin -user -group"
)


def _everything_below(command: Command) -> str:
    """Wildcards for what a search without a test of names finds; empty: it may find more."""
    values = {"f", "d", *"123456789"}
    begins = next((at for at, w in enumerate(command.arguments) if w.startswith("-")), 0)
    paths = list(command.arguments[:begins]) or ["."]
    rest = command.arguments[begins:]
    is_plain = all(word in _ONLY_NAMES or word in values for word in rest)
    if not is_plain or any(re.search(r"^[/~-]|\.\.|[^\w./-]", path) for path in paths):
        return ""
    return " ".join("*" if path in (".", "./") else f"{path.rstrip('/')}/*" for path in paths)


def is_listing(command: Command) -> bool:
    """Whether it prints names of files below the present folder and nothing else."""
    operands = command.operands
    if any(word.startswith(("/", "~")) or ".." in word or UNKNOWN in word for word in operands):
        return False
    program, options = command.program, command.options
    if program == "find":
        return any(word in _PICKY for word in options) and not {
            "-L",
            "-follow",
            "-printf",
            "-exec",
            "-fprintf",
        } & set(options)
    if program in ("grep", "rg"):
        return command.has_short("l") or "--files" in options
    if program == "git":
        names = "--name-only" in options or (operands[:1] == ("ls-files",) and len(operands) > 1)
        return names and operands[:1] != () and operands[0] in _LISTING_GIT
    return program in ("ls", "fd") and bool(operands)


def _spoken(command: Command) -> str:
    arguments = list(command.arguments)
    if command.program == "echo":
        flags = ""
        while arguments and arguments[0] in ("-n", "-e", "-E", "-ne", "-en"):
            flags += arguments.pop(0)
        text = " ".join(arguments)
        return decode_escapes(text) if "e" in flags else text
    if arguments[:1] == ["--"]:
        arguments.pop(0)
    form, *rest = arguments or [""]
    if "%" not in form:
        return decode_escapes(form)
    if form.replace("%s", "").replace("\\n", "").strip() == "":
        return ("\n" if "\\n" in form else "").join(rest)
    return DECODED if "%b" in form or "%c" in form or "\\" in form.replace("\\n", "") else UNKNOWN


def _passed_on(command: Command, fed: str | None) -> str:
    if command.program == "cat" and any(word != "-" for word in command.operands):
        return UNKNOWN
    return UNKNOWN if fed is None else fed


def _said_by_git(command: Command, top: str) -> str:
    if "--show-toplevel" in command.options:
        return top
    return INSIDE if command.operands[:1] and command.operands[0] in _NAMING_GIT else UNKNOWN
