"""Every key that a help screen names leads to its command, and a test looks at what that does.

The effects of the cockpit's commands are looked at one by one in test_keys.py; a command that only
another screen has must have its key pressed by a test of that screen.
"""

from __future__ import annotations

import re
from pathlib import Path

from textual.binding import Binding

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import ALWAYS
from aio_tui.places import COCKPIT, PLACES
from aio_tui.screens.directory import commands_at, screen_at
from aio_tui.tour import keys_in_tour, offer, tour_lines
from tests.tui.test_keys import CHECKS


def test_each_key_of_each_screen_is_bound_to_the_command_that_the_help_names() -> None:
    for place in PLACES:
        bound = {
            each.key: each.action
            for each in screen_at(place.name).BINDINGS
            if isinstance(each, Binding)
        }
        named = {
            key: f"command('{command.name}')"
            for command in commands_at(place.name)
            for key in command.keys
        }
        assert bound == named, place.name


def test_the_key_of_each_command_is_pressed_by_a_test() -> None:
    here = Path(__file__)
    texts = [path.read_text() for path in here.parent.glob("test_*.py") if path != here]
    unpressed = [
        f"{command.name} ({command.keys[0]}) on {place.name}"
        for place in PLACES
        for command in commands_at(place.name)
        if command.name not in CHECKS and not any(_is_pressed(command, text) for text in texts)
    ]
    assert unpressed == []


def _is_pressed(command: AnyCommand, text: str) -> bool:
    """By name in a table of checks, or by key."""
    keys = "|".join(map(re.escape, command.keys))
    pressed = re.search(rf"press\([^)]*[\"']({keys})[\"']", text)
    return f'"{command.name}":' in text or pressed is not None


def test_the_tour_names_keys_that_there_are_and_fits_a_minute() -> None:
    known: dict[str, AnyCommand] = {each.name: each for each in (*ALWAYS, *commands_at(COCKPIT))}
    assert [name for name in keys_in_tour() if name not in known] == []
    text = " ".join(each.text for each in tour_lines(76))
    assert "{" not in text
    assert len(text.split()) < 240, "as many words as one reads in a minute"


def test_the_tour_is_offered_once_to_each_operator(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    assert offer(environ).startswith("new here? F1 is a tour")
    assert offer(environ) == ""
    assert offer({"XDG_STATE_HOME": "/dev/null/nowhere"}) == ""
