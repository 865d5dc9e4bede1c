"""Backends that cannot work in this run, and the tasks that others can still do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.domain.errors import AgentError
from engine.domain.facts import WarningRaised
from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.work import WorkItem
from engine.ports.store import Reader, TaskQuery

_EVERYTHING = 1_000_000_000
_READY = frozenset({TaskState.QUEUED})


TAKES_NO_MORE = "its backend takes no more tasks in this run: "
"""What the journal says of the task where it was found, before what is the matter."""


_ABOUT = "backend "


def down_warning(name: str, error: AgentError) -> WarningRaised:
    """The backend of this name cannot work."""
    return WarningRaised(text=f"{TAKES_NO_MORE}{error}", about=f"{_ABOUT}{name}")


def backend_named(warning: WarningRaised) -> str:
    """Which backend a `down_warning` is about; of any other warning: empty."""
    is_one = warning.text.startswith(TAKES_NO_MORE) and warning.about.startswith(_ABOUT)
    return warning.about.removeprefix(_ABOUT) if is_one else ""


class BackendsDown:
    """Remembers them for one run: no key, no credit, no program."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._errors: dict[str, AgentError] = {}

    @property
    def problem(self) -> AgentError | None:
        """What is the matter with them, in one line; None: nothing is."""
        errors = list(self._errors.values())
        if len(errors) < 2:
            return errors[0] if errors else None
        text = "; ".join(f"{name}: {error.message}" for name, error in self._errors.items())
        return AgentError(text, hint="mend that, then run again: their tasks are in the queue")

    def add(self, item: WorkItem, error: AgentError) -> bool:
        """The task's backend cannot work; whether that is news."""
        name = self.backend_of(item)
        is_news = name not in self._errors
        self._errors.setdefault(name, error)
        return is_news

    def choices(self, reader: Reader, only: TaskId | None) -> Iterable[TaskId | None]:
        """What to try to claim, one after the other: None is the first that is ready."""
        return self._others(reader, only) if self._errors else [only]

    def _others(self, reader: Reader, only: TaskId | None) -> Iterator[TaskId]:
        query = TaskQuery(project=self._settings.project, states=_READY, limit=_EVERYTHING)
        ready = [item for item in reader.tasks(query) if item.is_ready_but_for_time]
        for item in sorted(ready, key=_rank):
            if self.backend_of(item) not in self._errors and only in (None, item.task_id):
                yield item.task_id

    def backend_of(self, item: WorkItem) -> str:
        """Whose agent works on it."""
        return item.backend or self._settings.backend


def _rank(item: WorkItem) -> tuple[bool, int, str]:
    """As the store chooses: begun ones first, then by priority, then by age."""
    is_begun = bool(item.iteration_count or item.interruptions)
    return (not is_begun, item.priority, item.created_at.isoformat())
