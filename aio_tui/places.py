"""The one list of screens: what each is called, its key, and where its code is.

A screen's code is loaded when somebody goes there for the first time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from aio_tui.screens.frame import FrameScreen


class Place(NamedTuple):
    """A screen, by name."""

    name: str
    key: str
    """The same everywhere; in Textual's names."""
    title: str
    help: str
    """What one sees there, as a sentence."""
    code: str
    """`module:class` below `aio_tui.screens`."""

    def load(self) -> type[FrameScreen]:
        """The class of the screen."""
        module, _, name = self.code.partition(":")
        found = getattr(importlib.import_module(f"aio_tui.screens.{module}"), name)
        return cast("type[FrameScreen]", found)


COCKPIT, INBOX, REVIEW = "cockpit", "inbox", "review"

PLACES: tuple[Place, ...] = (
    Place(COCKPIT, "0", "Cockpit", "The queue and the task at hand.", "desk:DeskScreen"),
    Place(INBOX, "I", "Inbox", "Every open question with its whole evidence, the next by itself.",
          "inbox:InboxScreen"),
    Place("task", "T", "Task", "A task's iterations: prompt, output, tool calls, verdict, cost.",
          "task:TaskScreen"),
    Place(REVIEW, "V", "Review", "What a task changed, line by line, and the proof beside it.",
          "review:ReviewScreen"),
    Place("replay", "P", "Replay", "A past run or task again: played, paused, searched through.",
          "replay:ReplayScreen"),
    Place("compare", "W", "Compare", "A task and what branched from it, side by side.",
          "compare:CompareScreen"),
    Place("decisions", "J", "Decisions", "The audit trail, and whether it is whole.",
          "decisions:DecisionsScreen"),
    Place("report", "B", "Report", "What happened since the last run began, and what is next.",
          "report:ReportScreen"),
    Place("metrics", "N", "Metrics", "Cost, verdicts, waiting and checks, as plots.",
          "metrics:MetricsScreen"),
    Place("log", "L", "Log", "What the engine logged and did, as it happens.", "log:LogScreen"),
    Place("config", "C", "Config", "Each setting in force, and where it comes from.",
          "config:ConfigScreen"),
    Place("knowledge", "O", "Knowledge", "What was learned and is given to agents.",
          "knowledge:KnowledgeScreen"),
    Place("search", "F", "Search", "What the last search found.", "search:SearchScreen"),
)  # fmt: skip

_BY_NAME = {place.name: place for place in PLACES}


def place_named(name: str) -> Place:
    """The screen of this name."""
    return _BY_NAME[name]
