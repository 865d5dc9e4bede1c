"""The one list of screens: what each is called, and its key."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A screen, by name."""

    name: str
    key: str
    """The same everywhere; in Textual's names."""
    title: str
    help: str
    """What one sees there, as a sentence."""


COCKPIT, INBOX, REVIEW = "cockpit", "inbox", "review"

PLACES: tuple[Place, ...] = (
    Place(COCKPIT, "0", "Cockpit", "The queue and the task at hand."),
    Place(INBOX, "I", "Inbox", "Every open question with its whole evidence, the next by itself."),
    Place("task", "T", "Task", "A task's iterations: prompt, output, tool calls, verdict, cost."),
    Place(REVIEW, "V", "Review", "What a task changed, line by line, and the proof beside it."),
    Place("replay", "P", "Replay", "A past run or task again: played, paused, searched through."),
    Place("compare", "W", "Compare", "A task and what branched from it, side by side."),
    Place("decisions", "J", "Decisions", "The audit trail, and whether it is whole."),
    Place("report", "B", "Report", "What happened since the last run began, and what is next."),
    Place("metrics", "N", "Metrics", "Cost, verdicts, waiting and checks, as plots."),
    Place("log", "L", "Log", "What the engine logged and did, as it happens."),
    Place("config", "C", "Config", "Each setting in force, and where it comes from."),
    Place("knowledge", "O", "Knowledge", "What was learned and is given to agents."),
    Place("search", "F", "Search", "What the last search found."),
)  # fmt: skip

_BY_NAME = {place.name: place for place in PLACES}


def place_named(name: str) -> Place:
    """The screen of this name."""
    return _BY_NAME[name]
