"""The cockpit's keys that only change what is seen. Nothing runs meanwhile."""

from __future__ import annotations

from functools import partial

from aio_tui.places import COCKPIT, PLACES
from tests.acceptance.commands.scene import ASKING, TRIED, VERIFIED
from tests.acceptance.commands.walk import Row, Typed

row = partial(Row, place=COCKPIT)

_FIRST, _SECOND = (f"\nMend {name}\n" for name in ASKING[:2])
_EARLY = VERIFIED[0]
_QUEUE = "\nstate        task "

_MOVING = [
    row(command="back", on=_EARLY, hides=("filter: task:",), leaves=True),
    row(command="last", hides=(f"\nMend {_EARLY}\n",)),
    row(command="first", shows=(_FIRST,)),
    row(command="down", shows=(_SECOND,)),
    row(command="up", shows=(_FIRST,)),
    row(command="page_down", hides=(_FIRST,)),
    row(command="page_up", shows=(_FIRST,)),
    row(command="last", key=1, hides=(_FIRST,)),
    row(command="first", key=1, shows=(_FIRST,)),
    row(command="down", key=1, shows=(_SECOND,)),
    row(command="up", key=1, shows=(_FIRST,)),
    row(command="page_down", key=1, hides=(_FIRST,)),
    row(command="page_up", key=1, shows=(_FIRST,)),
]

_DETAILS = [
    row(command="show_output", on=TRIED, shows=("[2 Output]", "A second try.")),
    row(command="previous_page", shows=("A first try.",)),
    row(command="next_page", shows=("A second try.",)),
    row(command="show_ralph", shows=("[3 Ralph]",)),
    row(command="show_checkpoints", shows=("[4 Checkpoints]",)),
    row(command="show_knowledge", shows=("[5 Knowledge]",)),
    row(command="show_inbox", shows=("[6 Inbox", "Question 1 of")),
    row(command="previous_tab", shows=("[5 Knowledge]",)),
    row(command="next_tab", shows=("[6 Inbox",)),
    row(command="show_timeline", shows=("[1 Timeline]",)),
    row(command="next_tab", key=1, shows=("[2 Output]",)),
    row(command="previous_tab", key=1, shows=("[1 Timeline]",)),
    row(command="switch_pane", hides=(_QUEUE,)),
    row(command="switch_pane", key=1, shows=(_QUEUE,)),
    row(command="open", hides=(_QUEUE,)),
    row(command="back", shows=(_QUEUE,)),
    row(command="back", hides=("filter: task:",), leaves=True),
]

_OVER_IT = [
    row(
        command="filter",
        answers=(("Show only rows with", (Typed("state:failed"), "Enter")),),
        shows=("filter: state:failed",),
    ),
    row(
        command="views",
        answers=(
            ("Views of this list", ("s",)),
            ("Name of this view", (Typed("red ones"), "Enter")),
        ),
        shows=("view 'red ones' is kept",),
        leaves=True,
    ),
    row(command="help", answers=(("Keys · Cockpit", ("Escape",)),)),
    row(command="step_aside", shows=("no shell waits for this cockpit",)),
    row(command="tour", answers=(("A tour of one minute", ("Escape",)),)),
    row(command="palette", answers=(("Search for commands", ("Escape",)),)),
    row(command="theme", answers=(("How is it to look?", ("a",)),), hides=("✗ failed",)),
    row(command="theme", answers=(("How is it to look?", ("a",)),), shows=("✗ failed",)),
    row(
        command="find",
        answers=(("Search everything for", (Typed("mended by saying"), "Enter")),),
        shows=(" Cockpit > Search", "Parts say right"),
        leaves=True,
    ),
]

_GOING_TO = [
    row(command="go_to_cockpit", shows=("you are there",)),
    *(
        row(command=f"go_to_{place.name}", shows=(f" Cockpit > {place.title}",), leaves=True)
        for place in PLACES
        if place.name != COCKPIT
    ),
]

LOOKING = (*_MOVING, *_DETAILS, *_OVER_IT, *_GOING_TO)
