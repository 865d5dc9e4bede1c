from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from aio_tui.commands.base import Topic
from aio_tui.commands.catalogue import ALWAYS
from aio_tui.keys_page import keys_page
from aio_tui.places import PLACES
from aio_tui.screens.directory import commands_at, screen_at
from aio_tui.screens.help import help_lines

ROOT = Path(__file__).parents[3]
NAMES = [place.name for place in PLACES]
EVERY_COMMAND = [command for name in NAMES for command in commands_at(name)]


@pytest.mark.parametrize("place", NAMES)
def test_no_two_commands_of_a_screen_share_a_key(place: str) -> None:
    keys = Counter(key for command in commands_at(place) for key in command.keys)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("place", NAMES)
def test_every_command_has_a_name_a_label_and_a_sentence(place: str) -> None:
    commands = commands_at(place)
    assert len({command.name for command in commands}) == len(commands)
    for command in commands:
        assert command.label
        assert command.help.endswith(".")
        assert command.topic in Topic


@pytest.mark.parametrize("place", NAMES)
def test_what_can_be_done_everywhere_can_be_done_on_the_screen(place: str) -> None:
    """But for what gives its key to the screen: the spacebar plays on the Replay screen."""
    missing = {command.name for command in ALWAYS} - {each.name for each in commands_at(place)}
    assert missing == ({"pause_or_resume_all"} if place == "replay" else set())


def test_each_screen_is_known_under_the_name_that_the_list_gives_it() -> None:
    assert [screen_at(place.name).PLACE for place in PLACES] == NAMES


def test_docs_keys_page_is_what_the_lists_of_commands_say() -> None:
    written = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    assert written == keys_page(), "run: python -m aio_tui.keys_page"


def test_keys_are_shown_as_a_keyboard_names_them() -> None:
    signs = [sign for command in EVERY_COMMAND for sign in command.key_signs]
    assert not [sign for sign in signs if "_" in sign]


@pytest.mark.parametrize("place", NAMES)
def test_the_help_names_every_key_and_command_of_the_screen(place: str) -> None:
    commands = commands_at(place)
    shown = "\n".join(line.text for line in help_lines(commands, 200))
    for command in commands:
        assert f"{' '.join(command.key_signs):<16}{command.label}" in shown
        assert command.help in " ".join(shown.split())
