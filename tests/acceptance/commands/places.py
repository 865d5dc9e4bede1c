"""The keys of the screens that give no orders: the past, what is compared, and the lists."""

from __future__ import annotations

from functools import partial

from aio_tui.places import COCKPIT, PLACES
from tests.acceptance.commands.scene import TRIED
from tests.acceptance.commands.walk import Row, Typed

_FIRST_FAIL, _SECOND_FAIL = "✗ iteration 1 FAIL", "✗ iteration 2 FAIL"
_GIVEN_UP = "! verifying → failed"

_replay = partial(Row, place="replay", on=TRIED)
REPLAY = (
    _replay(command="first", before=("■ end",), shows=("no iteration had begun",)),
    _replay(command="next_fact", shows=("ready → starting",)),
    _replay(command="previous_fact", hides=("ready → starting",)),
    _replay(command="next_verdict", shows=(_FIRST_FAIL,)),
    _replay(command="next_verdict", shows=(_SECOND_FAIL,)),
    _replay(command="previous_verdict", hides=(_SECOND_FAIL,)),
    _replay(command="branch", answers=(("Branch tried after iteration 1: what", ("Escape",)),)),
    _replay(command="next_error", shows=(_GIVEN_UP,)),
    _replay(command="last", shows=("■ end",)),
    # Between the tasks, what happened and what was said: what has the focus is what PgUp moves.
    _replay(command="switch_pane", ready=("Tab",), then=("PageUp",) * 4, shows=("» ## Task",)),
    _replay(
        command="switch_pane",
        key=1,
        ready=("Tab", "Tab"),
        then=("PageDown",) * 4,
        hides=("» ## Task",),
    ),
    _replay(command="previous_error", shows=("‖ held", _GIVEN_UP)),
    _replay(command="first", key=1, shows=("no iteration had begun",)),
    _replay(command="forward", hides=(" 0.0s of ",)),
    _replay(command="backward", shows=(" 0.0s of ",)),
    _replay(command="slower", shows=("plays 4 times as fast",)),
    _replay(command="slower", shows=("plays 1 times as fast",)),
    _replay(command="play", shows=("▶ x1 ",)),
    _replay(command="faster", shows=("plays 4 times as fast",)),
    _replay(command="choose_scope", answers=(("Replay what?", ("a",)),), shows=("whole journal",)),
    _replay(
        command="next_escalation",
        on="once",
        ready=("g",),
        before=(" 0.0s of ",),
        shows=("mark-once",),
    ),
    _replay(
        command="previous_escalation",
        on="once",
        ready=("G",),
        before=("root: approved",),
        shows=("‖ held",),
    ),
)

_compare = partial(Row, place="compare", on=TRIED)
_END = "From the end of tried to that of"
COMPARE = (
    _compare(
        command="branch", before=(f"{_END} tried-at1",), answers=(("Branch tried", ("Escape",)),)
    ),
    _compare(
        command="next_other",
        before=(f"{_END} tried-at1",),
        shows=("tried · tried-at2 · tried-at1",),
    ),
    _compare(command="previous_other", shows=(f"{_END} tried-at1",)),
    _compare(command="next_first", hides=(f"{_END} tried-at1",)),
)


_READ = {
    "inbox": "Question 1 of",
    "decisions": "the trail is whole",
    "log": " follows",
    "config": "project.name",
    "knowledge": "KO-parts",
}
"""By screen that is a table, what it shows once it is read."""
LISTS = (
    *(
        Row(place=place, command="sort", before=(text,), shows=(" ↑",))
        for place, text in _READ.items()
    ),
    Row(
        place="search",
        command="find",
        answers=(("Search everything for", (Typed("early"), "Enter")),),
        shows=(" Cockpit > Search  'early': ",),
    ),
    Row(place="search", command="sort", hides=(" when (UTC)\n tasks ",)),
    # There, as in Search, the path has no room to say by what.
    Row(place="report", command="sort", hides=(" time\n ✓ merged ",)),
    Row(place="metrics", command="next_chart", shows=("plot 2 of 6",)),
    Row(place="metrics", command="previous_chart", shows=("plot 1 of 6",)),
    Row(place="metrics", command="period", hides=("all time",)),
    Row(place="log", command="levels", hides=(" info ",)),
)

BACK = tuple(
    Row(place=place.name, command="back", hides=(f" Cockpit > {place.title}",), leaves=True)
    for place in PLACES
    if place.name != COCKPIT
)
