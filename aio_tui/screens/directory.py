"""Where the code of each screen is; it is loaded when somebody goes there for the first time."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from aio_tui.commands.base import AnyCommand
    from aio_tui.screens.frame import FrameScreen

_CODE: Mapping[str, str] = {
    "cockpit": "desk:DeskScreen",
    "inbox": "inbox:InboxScreen",
    "task": "task:TaskScreen",
    "review": "review:ReviewScreen",
    "replay": "replay:ReplayScreen",
    "compare": "compare:CompareScreen",
    "decisions": "decisions:DecisionsScreen",
    "report": "report:ReportScreen",
    "metrics": "metrics:MetricsScreen",
    "log": "log:LogScreen",
    "config": "config:ConfigScreen",
    "knowledge": "knowledge:KnowledgeScreen",
    "search": "search:SearchScreen",
}
"""By the name of the place: `module:class` of this package."""


def screen_at(place: str) -> type[FrameScreen]:
    """The class of the screen of this name."""
    module, _, name = _CODE[place].partition(":")
    found = getattr(importlib.import_module(f"aio_tui.screens.{module}"), name)
    return cast("type[FrameScreen]", found)


def commands_at(place: str) -> tuple[AnyCommand, ...]:
    """Everything that can be done on the screen of this name; loads its code."""
    return screen_at(place).ALL_COMMANDS
