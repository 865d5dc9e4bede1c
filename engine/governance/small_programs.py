"""Small programs and builtins, each with the one thing to mind about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance import (
    files,
)
from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene, values_of
from engine.governance.shell_values import Command


def speaking(command: Command, scene: Scene) -> Iterator[Finding]:
    """Programs whose words are mere text or names."""
    del command, scene
    return iter(())


def waiting(command: Command, scene: Scene) -> Iterator[Finding]:
    """`sleep`: up to ten minutes."""
    del scene
    known = [word for word in command.arguments if word.rstrip("sm").replace(".", "", 1).isdigit()]
    seconds = sum(float(w.rstrip("sm")) * (60 if w.endswith("m") else 1) for w in known)
    if len(known) < len(command.arguments) or seconds > 600:
        yield finding("resource-abuse", command.text, "it waits very long")


def repeating(command: Command, scene: Scene) -> Iterator[Finding]:
    """`yes` ends with the program that takes its words; without one it goes on for ever."""
    del scene
    if not command.piped or any(one.writes for one in command.redirects):
        yield finding("resource-abuse", command.text)


def reckoning(command: Command, scene: Scene) -> Iterator[Finding]:
    """`dc` runs what follows an exclamation mark."""
    del scene
    if "!" in f"{command.text}{command.fed or ''}" or command.fed is None:
        yield finding("inline-code", command.text)


def dating(command: Command, scene: Scene) -> Iterator[Finding]:
    """`date`: to set the clock is privilege."""
    given = values_of(command, "-d", "--date", "-f", "--file", "-r", "--reference")
    sets = [word for word in command.operands if word not in given and re.match(r"\d{6,}", word)]
    if sets or any(option.startswith(("-s", "--set")) for option in command.options):
        yield finding("privilege", command.text, "it sets the clock")
    for path in values_of(command, "-f", "--file", "-r", "--reference"):
        yield from scene.reads(path)
    yield from files.looking(9)(command, scene)


def calling_back(command: Command, scene: Scene) -> Iterator[Finding]:
    """`mapfile -C`, `complete -F`: keep code for later."""
    del scene
    if command.has_short("C"):
        yield finding("inline-code", command.text)


def killing(command: Command, scene: Scene) -> Iterator[Finding]:
    """Jobs of the same line may end: `kill %1`, `kill $!`; also the list of signals."""
    del scene
    targets = [word for word in command.arguments if not re.fullmatch(r"-(s|\w+|l)", word)]
    is_list = command.arguments[:1] == ("-l",)
    if not is_list and not (targets and all(re.fullmatch(r"%\w*", one) for one in targets)):
        yield finding("process-control", command.text)
