"""What only plain mode has: screens show it unasked."""

from __future__ import annotations

from typing import Protocol

from aio_tui.commands.base import Desk
from aio_tui.commands.look import LookCommand


class LinesDesk(Desk, Protocol):
    """A desk that tells one line after the other."""

    def select_told(self) -> None:
        """Say which task is selected."""
        ...

    def tell_status(self) -> None: ...

    def list_tasks(self) -> None: ...

    def tell_more(self) -> None: ...

    def switch_news(self) -> None: ...


class Status(LookCommand[LinesDesk]):
    """Where things stand: what waits for you first, then the run, and what to type for it."""

    keys = ()
    label = "status"

    def run(self, desk: LinesDesk) -> None:
        desk.tell_status()


class Tasks(LookCommand[LinesDesk]):
    """All tasks, those that need you first; with words behind it, such as `state:blocked cost:>1
    gcd`, only those that fit, in the grammar of the filters.
    """

    keys = ()
    label = "tasks"

    def run(self, desk: LinesDesk) -> None:
        desk.list_tasks()


class Select(LookCommand[LinesDesk]):
    """Make a task, or the task of a question, the one that commands are about; says which it is."""

    keys = ()
    label = "select"

    def run(self, desk: LinesDesk) -> None:
        desk.select_told()


class More(LookCommand[LinesDesk]):
    """The next page of what was too long to be told at once; `more all` tells all the rest."""

    keys = ()
    label = "more"

    def run(self, desk: LinesDesk) -> None:
        desk.tell_more()


class News(LookCommand[LinesDesk]):
    """Tell only news that need you: questions, blocked and failed tasks, warnings, the run; or
    everything again.
    """

    keys = ()
    label = "news"

    def run(self, desk: LinesDesk) -> None:
        desk.switch_news()


LINES = (Status(), Tasks(), Select(), More(), News())
"""For a desk that tells one line after the other."""
