"""Packages that a command installs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.governance.shell_values import Command

_INSTALLS: Mapping[str, str] = {
    "pip": "install download wheel",
    "pip3": "install download wheel",
    "pipx": "install run",
    "uv": "add",
    "poetry": "add",
    "npm": "install i add",
    "pnpm": "install i add",
    "yarn": "add",
    "bun": "install add",
    "cargo": "add install",
    "gem": "install",
    "go": "get install",
    "apt": "install",
    "apt-get": "install",
    "composer": "require",
}
_PLAIN_OPTION = re.compile(
    r"-[DqUyES]+|--(save-dev|save|dev|quiet|upgrade|yes|no-audit|no-fund|save-exact|ignore-scripts"
    r"|no-deps|no-input|no-cache-dir|disable-pip-version-check|exact)"
)
_NAME = re.compile(
    r"(?P<name>@[\w.-]+/[\w.-]+|[A-Za-z0-9][\w.-]*)"
    r"(\[[\w, -]+\])?((@|[=<>!~]=?=?|\^)[\w.*^~<>=!,+ -]*)?"
)
_LOOSE = re.compile(r"@?[A-Za-z0-9][\w.-]*(/[\w.-]+)*")


def packages_named(command: Command) -> tuple[str, ...]:
    """Names of everything an installing command names, also where more is installed."""
    words = _after_verb(command)
    names = (_LOOSE.match(word) for word in words or () if not word.startswith("-"))
    return tuple(_normal(name[0]) for name in names if name)


def packages_only(command: Command) -> tuple[str, ...]:
    """Names of what a plain command installs from the usual index; none: that is not all, or it
    cannot be told for sure.
    """
    names: list[str] = []
    for word in _after_verb(command) or ():
        found = _NAME.fullmatch(word)
        if found:
            names.append(_normal(found["name"]))
        elif not _PLAIN_OPTION.fullmatch(word):
            return ()
    return tuple(names)


def _after_verb(command: Command) -> tuple[str, ...] | None:
    program, words = command.program, command.arguments
    if program == "uv" and words[:1] == ("pip",):
        program, words = "pip", words[1:]
    at = next((at for at, word in enumerate(words) if not word.startswith("-")), None)
    if at is None or words[at] not in _INSTALLS.get(program, "").split():
        return None
    return words[:at] + words[at + 1 :]


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")
