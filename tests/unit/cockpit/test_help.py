"""The help, made from the commands, at any width."""

from __future__ import annotations

import pytest

from aio_tui.commands.base import Topic
from aio_tui.places import COCKPIT
from aio_tui.screens.directory import commands_at
from aio_tui.screens.help import help_lines


@pytest.mark.parametrize("width", [200, 80, 60, 59, 38, 24])
def test_the_help_can_be_read_at_any_width(width: int) -> None:
    commands = commands_at(COCKPIT)
    lines = help_lines(commands, width)
    assert all(line.cells <= max(width, 30) for line in lines)
    words = [word for line in lines for word in line.text.split()]
    shown = " ".join(words)
    for command in commands:
        assert all(word in words for word in command.help.split() if len(word) < width - 2)
        assert command.label in shown
    titles = {topic.value for topic in Topic}
    told = [line.text for line in lines if line.text and line.text not in titles]
    assert sum(len(text.strip()) for text in told) / len(told) > min(width, 60) / 4
