"""Keys of the configuration in place of those that commands have by themselves."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import aio_tui
from aio_tui.commands.catalogue import key_of
from aio_tui.keyboard import key_name, rebind
from aio_tui.keys_page import keys_page
from aio_tui.places import PLACES
from aio_tui.screens.directory import commands_at
from engine.domain.errors import ConfigError

COCKPIT_CODE = Path(aio_tui.__file__).parent


def keys(name: str) -> tuple[str, ...]:
    return next(each.keys for each in commands_at("cockpit") if each.name == name)


def test_chosen_keys_stand_wherever_keys_are_named() -> None:
    before = keys_page()
    rebind({"approve_once": ("f6", "Alt+Y"), "help": ("f5",), "page_down": ("%",)})
    with pytest.raises(ConfigError, match="'\\+' would be the key of both"):
        rebind({"more_urgent": ("plus",), "page_down": ("+",)})
    assert keys("approve_once") == ("f6", "alt+y")
    assert key_of("help") == "F5"
    assert "| `F6` `Alt+Y` | approve |" in keys_page()
    rebind({})
    assert keys("approve_once") == ("a",)
    assert keys_page() == before


def test_two_commands_may_swap_their_keys() -> None:
    rebind({"approve_once": ("d",), "deny": ("a",)})
    assert (keys("approve_once"), keys("deny")) == (("d",), ("a",))


def test_what_is_wrong_is_one_clear_line_and_changes_nothing() -> None:
    for chosen, words in (
        (
            {"aprove_once": ("f6",)},
            "no command 'aprove_once'; did you mean 'approve_once'",
        ),
        ({"deny": ("a",)}, "'a' would be the key of both approve_once and deny (Cockpit screen)"),
        ({"deny": ("hyper+x",)}, "there is no key 'hyper+x'"),
        ({"deny": ("ctrl+",)}, "there is no key 'ctrl+'"),
    ):
        with pytest.raises(ConfigError) as caught:
            rebind(chosen)
        assert words in str(caught.value).replace(": did", "; did"), str(caught.value)
        assert "\n" not in str(caught.value)
        assert keys("deny") == ("d",)


def test_no_screen_has_two_commands_on_one_key() -> None:
    for place in PLACES:
        seen: dict[str, str] = {}
        for command in commands_at(place.name):
            for key in command.keys:
                assert seen.setdefault(key, command.name) == command.name, place.name


def test_characters_have_the_names_that_the_terminal_gives_their_keys() -> None:
    from textual.keys import _character_to_key

    for code in range(0x21, 0x7F):
        assert key_name(chr(code)) == _character_to_key(chr(code))


def test_no_hint_names_a_key_of_a_command_by_itself() -> None:
    """Hints ask the command (`key_of`), so that they stay true when keys are chosen."""
    named = re.compile(r"\b(?:press|filter with|then) (?:[A-Zb-z/?]|Enter|Space|Tab)(?=[ ,;:.)]|$)")
    found = [
        f"{path.relative_to(COCKPIT_CODE.parent)}:{node.lineno}: {node.value!r}"
        for path in sorted(COCKPIT_CODE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and named.search(node.value)
    ]
    assert found == []
