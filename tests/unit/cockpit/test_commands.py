from __future__ import annotations

from collections import Counter
from pathlib import Path

from aio_tui.commands import COMMANDS, command_named
from aio_tui.commands.docs import keys_page
from aio_tui.screens.reader import help_lines

ROOT = Path(__file__).parents[3]


def test_no_two_commands_share_a_key() -> None:
    keys = Counter(key for command in COMMANDS for key in command.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_command_has_a_name_a_label_and_a_sentence() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    for command in COMMANDS:
        assert command.label
        assert command.help.endswith(".")
        assert command_named(command.name) is command


def test_docs_keys_page_is_what_the_list_of_commands_says() -> None:
    written = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    assert written == keys_page(), "run: python -m aio_tui.commands.docs"


def test_keys_are_shown_as_a_keyboard_names_them() -> None:
    signs = [sign for command in COMMANDS for sign in command.key_signs]
    assert not [sign for sign in signs if "_" in sign]


def test_the_help_names_every_key_and_command() -> None:
    shown = "\n".join(line.text for line in help_lines(200))
    for command in COMMANDS:
        assert f"{' '.join(command.key_signs):<16}{command.label}" in shown
        assert command.help in shown
