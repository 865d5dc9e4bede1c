"""What a list shows, and in which order."""

from __future__ import annotations

from aio_tui.commands.base import Desk, TableDesk
from aio_tui.commands.look import LookCommand


class FilterCommand(LookCommand[Desk]):
    """A command about what a list shows."""

    def obstacle(self, desk: Desk) -> str:
        return "" if desk.fields else "there is no list here"


class Filter(FilterCommand):
    """Show only rows that have all words; `state:WORD`, `cost:>1` and such look at one field."""

    keys = ("slash",)
    label = "filter"
    is_in_bar = True

    def run(self, desk: Desk) -> None:
        desk.ask_filter()


class Views(FilterCommand):
    """Pick a filter that you gave a name, give the present one a name, or forget one."""

    keys = ("Y",)
    label = "views"

    def run(self, desk: Desk) -> None:
        desk.show_views()


class Sort(LookCommand[TableDesk]):
    """Sort by the next column: rising, then falling, in the end as the rows came."""

    keys = ("o",)
    label = "sort"
    is_in_bar = True

    def obstacle(self, desk: TableDesk) -> str:
        return desk.why_not_sorted

    def run(self, desk: TableDesk) -> None:
        desk.sort_next()


class Find(LookCommand[Desk]):
    """Search all tasks, decisions, knowledge and transcripts for words; Enter goes there."""

    keys = ("asterisk",)
    label = "search all"

    def run(self, desk: Desk) -> None:
        desk.ask_search()
