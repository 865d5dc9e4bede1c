"""Shells: with a file, with text, with what is piped in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance.files import looking
from engine.governance.interpreters import fed_code
from engine.governance.rules import Finding, finding
from engine.governance.run_scripts import running_file
from engine.governance.scene import Scene
from engine.governance.shell_values import Command
from engine.governance.shell_words import is_hidden

_SHELL_TAKES_VALUE = frozenset({"-o", "+o", "-O", "+O"})


def shell(command: Command, scene: Scene) -> Iterator[Finding]:
    """`sh` and its kin."""
    arguments = list(command.arguments)
    while arguments and arguments[0].startswith(("-", "+")) and arguments[0] not in ("-", "--"):
        word = arguments.pop(0)
        if word in ("--version", "--help"):
            return
        if word.startswith(("--rcfile", "--init-file")) or is_hidden(word):
            yield finding("inline-code", command.text)
        if re.fullmatch(r"-[nuvxe]*n[nuvxe]*", word):
            yield from looking()(command, scene)
            return
        if not word.startswith("--") and "c" in word:
            yield from _given_text(arguments, command, scene)
            return
        if not word.startswith("--") and "s" in word:
            yield from fed_code(command, scene, is_shell=True)
            return
        if word in _SHELL_TAKES_VALUE and arguments:
            arguments.pop(0)
    operands = [word for word in arguments if word not in ("-", "--")]
    redirected = [one.target for one in command.redirects if one.operator == "<"]
    if operands or redirected:
        path, *rest = operands or redirected
        yield from running_file(path, scene, is_shell=True, arguments=tuple(rest))
    else:
        yield from fed_code(command, scene, is_shell=True)


def _given_text(arguments: list[str], command: Command, scene: Scene) -> Iterator[Finding]:
    while arguments and arguments[0].startswith(("-", "+")):
        word = arguments.pop(0)
        if word in _SHELL_TAKES_VALUE and arguments:
            arguments.pop(0)
    if not arguments:
        yield finding("not-understood", command.text)
    elif is_hidden(arguments[0]):
        yield finding("inline-code", command.text, "the text to run cannot be foreseen")
    elif any(is_hidden(word) for word in arguments[1:]):
        yield from scene.judge_text(arguments[0])
    else:
        given = tuple(arguments[1:]) or (command.name,)
        yield from scene.judge_script(arguments[0], given, frozenset())


def sourcing(command: Command, scene: Scene) -> Iterator[Finding]:
    """`source` and `.`."""
    path = command.operands[0] if command.operands else ""
    if not _SETS_UP.search(path) or scene.written_text(path) is not None:
        yield from running_file(path, scene, is_shell=True, arguments=command.operands[1:])
    elif not scene.may_run(path):
        yield finding("run-outside", path)


_SETS_UP = re.compile(r"(^|/)(\.?venv|env|virtualenv)/bin/activate$")
"""The script of a virtual environment; nothing beside it may be written unasked."""


def evaluating(command: Command, scene: Scene) -> Iterator[Finding]:
    """`eval` joins its words to a command line; `trap` keeps one for later."""
    words = command.arguments[:1] if command.name == "trap" else command.arguments
    text = " ".join(word for word in words if word != "--")
    if command.name == "trap" and (text.startswith("-") or len(command.arguments) < 2):
        return
    if command.name == "trap" and {"DEBUG", "ERR", "RETURN"} & set(command.arguments[1:]):
        yield finding("inline-code", command.text, "it runs at every command")
    if is_hidden(text):
        yield finding("inline-code", command.text, "the text to run cannot be foreseen")
    elif text:
        yield from scene.judge_text(text)
