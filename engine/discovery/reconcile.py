"""What a scan changes in the queue: nothing twice, and nothing for want of evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from engine.discovery.groups import LARGEST, Group, chunks
from engine.discovery.ledger import GONE, Entry, asked_tests, covering, entries
from engine.discovery.priority import Scale, Urgency
from engine.discovery.tasks import description, metadata, targets, type_of
from engine.domain.errors import UnknownTaskError
from engine.domain.facts import TaskChanged
from engine.domain.ids import TaskId, parse_task_id
from engine.domain.state import TaskState, Trigger
from engine.domain.values import dataclass
from engine.domain.work import NewTask
from engine.ports.store import Reader, Transaction
from engine.ralph.targets import covers

_OVER = frozenset({TaskState.COMPLETED, TaskState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a scan knows, as far as the queue is concerned."""

    project: str
    commit: str
    groups: Sequence[Group]
    """All that is there, known or new."""
    wanted: Collection[str]
    """Ids of findings that shall have a task."""
    whole_checks: Collection[str]
    """Names of checks that came to their end: what they do not name is gone."""
    landed: Mapping[TaskId, bool]
    """Whether the work of a completed task is part of the scanned commit; absent: no."""
    scale: Scale
    at_most: int | None = None
    """New tasks; None: no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A task to come."""

    task: NewTask
    urgency: Urgency
    finding_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An untouched task whose findings are others now."""

    entry: Entry
    group: Group
    """Its findings from now on."""
    more: int
    gone: int

    @property
    def note(self) -> str:
        """What changed, in words."""
        return f"the last scan found {self.more} more and misses {self.gone} of its findings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """A begun task whose findings changed; it goes on as it is."""

    entry: Entry
    gone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All changes of one scan."""

    added: tuple[Addition, ...] = ()
    """Most urgent first."""
    updated: tuple[Update, ...] = ()
    closed: tuple[Entry, ...] = ()
    left_alone: tuple[Remainder, ...] = ()
    postponed: int = 0
    """New tasks above the limit; the next scan finds them again."""


def plan(reader: Reader, scanned: Scanned) -> Plan:
    """What has to change, as the queue is now."""
    holders = covering(reader, entries(reader, scanned.project), scanned.landed)
    by_key: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in holders:
        by_key[entry.key].append(entry)
    draft = _Draft(reader, scanned)
    for group in scanned.groups:
        draft.reconcile(group, by_key.pop(group.key.text, []))
    for left_over in by_key.values():
        draft.reconcile(None, left_over)
    return draft.plan()


def carry_out(tx: Transaction, wanted: Plan) -> None:
    """Make the changes as part of `tx`."""
    tx.add_tasks([addition.task for addition in wanted.added])
    for update in wanted.updated:
        item = update.entry.item
        tx.update_task(
            item.task_id,
            description=description(update.group),
            tests=targets(update.group),
            metadata={**item.metadata, **metadata(update.group)},
        )
        tx.add_note(item.task_id, update.note)
        fact = TaskChanged(what="findings", value=update.note)
        tx.append_facts(fact, task_id=item.task_id, project=item.project)
    for entry in wanted.closed:
        changes = {"error_log": f"cancelled by discovery: {GONE}"}
        tx.move(entry.item.task_id, Trigger.CANCEL, reason=GONE, changes=changes)


class _Draft:
    """A plan in the making."""

    def __init__(self, reader: Reader, scanned: Scanned) -> None:
        self._reader = reader
        self._scanned = scanned
        self._taken: set[str] = set()
        self._wanted = frozenset(scanned.wanted) - _asked_already(reader, scanned)
        self._added: list[Addition] = []
        self._updated: list[Update] = []
        self._closed: list[Entry] = []
        self._left: list[Remainder] = []

    def reconcile(self, group: Group | None, holders: Iterable[Entry]) -> None:
        """Settle one group (None: nothing of it is there any more) with the tasks it has."""
        present = [one.id for one in group.sightings] if group else []
        free = [one for one in present if one in self._wanted]
        held = {one for entry in holders for one in entry.findings}
        free = [one for one in free if one not in held]
        for entry in holders:
            free = self._settle(entry, group, frozenset(present), free)
        if group:
            for portion in chunks(free):
                self._add(group.part(portion))

    def _settle(
        self, entry: Entry, group: Group | None, present: frozenset[str], free: list[str]
    ) -> list[str]:
        """Keep, change or close one task; what of `free` it did not take."""
        is_whole = entry.check in self._scanned.whole_checks
        gone = [one for one in entry.findings if one not in present] if is_whole else []
        if not entry.is_untouched:
            if gone and entry.item.state not in _OVER:
                self._left.append(Remainder(entry=entry, gone=len(gone)))
            return free
        kept = [one for one in entry.findings if one not in gone]
        room = LARGEST - len(kept) if kept and is_whole else 0
        more, rest = free[:room], free[room:]
        if not kept:
            self._closed.append(entry)
        elif group and (more or gone):
            part = group.part([*kept, *more])
            self._updated.append(Update(entry=entry, group=part, more=len(more), gone=len(gone)))
        return rest

    def _add(self, group: Group) -> None:
        urgency = self._scanned.scale.weigh(group)
        path = group.key.path
        task = NewTask(
            task_id=self._free_id(group.key.slug),
            project=self._scanned.project,
            description=description(group),
            type=type_of(group),
            priority=urgency.priority,
            files=(path,) if path else (),
            tests=targets(group),
            metadata=metadata(group),
        )
        self._added.append(Addition(task=task, urgency=urgency, finding_count=len(group.sightings)))

    def _free_id(self, slug: str) -> TaskId:
        number, candidate = 1, slug
        while candidate in self._taken or self._is_in_queue(candidate):
            number += 1
            candidate = f"{slug}-{number}"
        self._taken.add(candidate)
        return parse_task_id(candidate)

    def _is_in_queue(self, candidate: str) -> bool:
        try:
            self._reader.task(TaskId(candidate))
        except UnknownTaskError:
            return False
        return True

    def plan(self) -> Plan:
        """What was drafted, the most urgent additions first and no more than allowed."""
        ordered = sorted(self._added, key=lambda one: (one.task.priority, one.task.task_id))
        limit = self._scanned.at_most
        added = ordered if limit is None else ordered[:limit]
        return Plan(
            added=tuple(added),
            updated=tuple(self._updated),
            closed=tuple(self._closed),
            left_alone=tuple(self._left),
            postponed=len(ordered) - len(added),
        )


def _asked_already(reader: Reader, scanned: Scanned) -> frozenset[str]:
    """Red tests that a task of the operator's own is to make green."""
    targets = asked_tests(reader, scanned.project)
    return frozenset(
        one.id
        for group in scanned.groups
        for one in group.sightings
        if one.target and any(covers(target, one.target) for target in targets)
    )
