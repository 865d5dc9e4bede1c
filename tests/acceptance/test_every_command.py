"""Every command of every screen, by its key, in a real terminal: where the engine is in the
cockpit's own process, and where the cockpit is attached to one that runs in the background.
"""

from __future__ import annotations

from aio_tui.commands.catalogue import ALWAYS, commands_at
from aio_tui.places import COCKPIT, PLACES
from tests.acceptance.commands.going import GOING, LANDING, STOP
from tests.acceptance.commands.looking import LOOKING
from tests.acceptance.commands.ordering import ORDERING
from tests.acceptance.commands.places import BACK, COMPARE, LISTS, REPLAY
from tests.acceptance.commands.screens import INBOX, REPORT, REVIEW, STORY

HELD = (
    *LOOKING, *ORDERING, *STORY, *REVIEW, *REPLAY, *COMPARE, *LISTS, *INBOX, *REPORT, *BACK,
)  # fmt: skip
"""In this order, with nothing at work."""
ENDS = {"quit", "leave"}
"""They end the cockpit, and are pressed last."""


def test_every_command_has_a_row() -> None:
    """Of what can be done on every screen the way back has a row for each, all has one here."""
    known = {(row.place, row.command) for row in (*HELD, *GOING, *LANDING, *STOP)}
    everywhere = {each.name for each in ALWAYS} - {"back"}
    missing = [
        f"{place.name}: {command.name}"
        for place in PLACES
        for command in commands_at(place.name)
        if (place.name, command.name) not in known
        and command.name not in ENDS
        and (place.name == COCKPIT or command.name not in everywhere)
    ]
    assert missing == [], "say in tests/acceptance/commands what is pressed and what is seen then"
