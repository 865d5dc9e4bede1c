"""Which keys the commands have: their own, or those that `[keys]` of aio.toml names instead.

Key bar, help, palette, hints and `aio-tui keys` ask the commands, so all of them follow.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping

from aio_tui.commands.base import AnyCommand, sign_of_key
from aio_tui.places import PLACES
from aio_tui.screens.directory import commands_at, screen_at
from engine.domain.errors import ConfigError
from engine.domain.settings import CockpitSettings

_MODIFIERS = ("ctrl", "shift", "alt")
_RENAMED = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at",
    "hyphen_minus": "minus", "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
"""Names that Textual has for characters, where they are not Unicode's."""

_own: list[tuple[AnyCommand, tuple[str, ...]]] = []
"""Every command that was given other keys, with its own."""


def take_keys(settings: CockpitSettings) -> None:
    """Give commands the keys that the configuration names.

    Raises:
        ConfigError: they are wrong, as with `rebind`.
    """
    if settings.keys_problem is not None:
        message, hint = settings.keys_problem
        raise ConfigError(message, hint=hint)
    rebind(settings.keys)


def rebind(chosen: Mapping[str, tuple[str, ...]]) -> None:
    """Give the commands named in `chosen` these keys, and all others their own.

    Raises:
        ConfigError: a name or a key is unknown, or one key would have two commands on a screen;
            all keys are as they were.
    """
    if not chosen and not _own:
        return
    commands = dict(_commands())
    keys = {name: tuple(map(key_name, wanted)) for name, wanted in chosen.items()}
    _check(commands, keys)
    while _own:
        command, its_keys = _own.pop()
        command.keys = its_keys
    for name, its_keys in keys.items():
        for command in commands[name]:
            _own.append((command, command.keys))
            command.keys = its_keys
    for place in PLACES:
        screen_at(place.name).bind_commands()


def _commands() -> Iterator[tuple[str, list[AnyCommand]]]:
    """Every command of every screen by name; screens may have one each of a name."""
    by_name: dict[str, dict[int, AnyCommand]] = {}
    for place in PLACES:
        for command in commands_at(place.name):
            by_name.setdefault(command.name, {})[id(command)] = command
    return ((name, list(found.values())) for name, found in by_name.items())


def _check(commands: Mapping[str, list[AnyCommand]], keys: Mapping[str, tuple[str, ...]]) -> None:
    for name in keys:
        if name not in commands:
            near = difflib.get_close_matches(name, commands, n=1)
            raise ConfigError(
                f"aio.toml [keys]: there is no command {name!r}",
                hint=f"did you mean {near[0]!r}?" if near else "'aio-tui keys' lists them",
            )
    own = {id(command): its_keys for command, its_keys in _own}
    for place in PLACES:
        taken: dict[str, str] = {}
        for command in commands_at(place.name):
            for key in keys.get(command.name, own.get(id(command), command.keys)):
                other = taken.setdefault(key, command.name)
                if other != command.name:
                    raise ConfigError(
                        f"aio.toml [keys]: {sign_of_key(key)!r} would be the key of both {other}"
                        f" and {command.name} ({place.title} screen)",
                        hint="give one of them another key",
                    )


def key_name(written: str) -> str:
    """A key as Textual names it: `?` is `question_mark`, `Ctrl+Y` is `ctrl+y`.

    Raises:
        ConfigError: there is no such key.
    """
    if len(written) == 1:
        return _character_name(written)
    *modifiers, last = written.split("+") if not written.endswith("+") else [written]
    if all(each.lower() in _MODIFIERS for each in modifiers) and (
        (len(last) == 1 and modifiers) or last.lower() in _named_keys()
    ):
        return "+".join([*(each.lower() for each in modifiers), last.lower()])
    raise ConfigError(
        f"aio.toml [keys]: there is no key {written!r}",
        hint='keys are such as "y", "?", "f5", "space", "pagedown", "ctrl+y"',
    )


def _character_name(char: str) -> str:
    if char.isalnum():
        return char
    if char == " ":
        return "space"
    name = unicodedata.name(char, "").lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


def _named_keys() -> frozenset[str]:
    from textual.keys import Keys

    simple = {key.value for key in Keys if "+" not in key.value and "<" not in key.value}
    return frozenset(simple | {_RENAMED.get(name, name) for name in _PUNCTUATION})


_PUNCTUATION = frozenset(
    unicodedata.name(char).lower().replace("-", "_").replace(" ", "_")
    for char in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)
