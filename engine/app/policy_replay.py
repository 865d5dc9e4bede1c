"""A dry run of a policy: past actions, judged by the contracts in force and by edited ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.app.policies import Policies, folder_of, policies_of
from engine.app.secrecy import layers_of, secrecy_of
from engine.app.standing_in import seen_from_inside
from engine.app.system import SystemClock
from engine.audit.decision_log import DecisionLog
from engine.domain.action import Action, ActionKind, Outcome, Ruling
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import InputError
from engine.domain.escalation import Escalation
from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.transcript import CUT, NEW_LINE, EntryKind
from engine.domain.work import AgentRole, WorkItem
from engine.governance.contract import APPROVED, Contracts
from engine.governance.contract_file import ContractFile, parse_file
from engine.governance.contract_folder import (
    ContractBytes,
    contracts_from,
    load_contracts,
    read_file,
    read_folder,
)
from engine.ports.secrecy import Codec
from engine.ports.store import TaskQuery
from engine.session.transcript_reading import read_transcript
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.guard import TextGuard

_EVERYTHING = 1_000_000_000
_ORDER = tuple(Outcome)
_FILE_TOOL = re.compile(r"(?P<verb>view|create|str_replace|insert) (?P<path>\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAction:
    """Something an agent once wanted to do."""

    role: AgentRole
    project: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A past action that the edited contracts judge in another way."""

    past: PastAction
    tasks: tuple[str, ...]
    times: int
    """How often it is on record."""
    before: Ruling
    after: Ruling

    @property
    def is_stricter(self) -> bool:
        return _ORDER.index(self.after.outcome) > _ORDER.index(self.before.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What an edit would change."""

    actions: int
    """Different past actions that were judged."""
    records: int
    """Records they were taken from."""
    unusable: int
    """Records that are too short to be judged again, or of tasks that are gone."""
    changes: tuple[PolicyChange, ...]
    """Those that get another outcome; what is allowed more comes first."""


@dataclass(slots=True)
class _Collected:
    """Past actions, each once, and where they are on record."""

    tasks: Mapping[str, WorkItem]
    worktrees: Path
    found: dict[PastAction, list[str]] = field(default_factory=dict)
    unusable: int = 0

    def add(self, task_id: str | None, action: Action | None) -> None:
        item = self.tasks.get(task_id or "")
        if item is None or action is None:
            self.unusable += 1
            return
        target = seen_from_inside(action.target, self.worktrees / item.task_id)
        plain = Action(kind=action.kind, target=target)
        past = PastAction(role=item.role, project=item.project, action=plain)
        self.found.setdefault(past, []).append(item.task_id)


async def replay(settings: Settings, against: Path) -> Replay:
    """Judge what is on record (decisions, escalations, tool calls in transcripts) by the contracts
    in force and by them with `against`: a file takes the place of the one for the same role and
    project, a folder that of the whole folder. Changes nothing.

    Raises:
        GuardrailError: a contract cannot be read or trusted.
        InputError: nothing is there at `against`.
    """
    edited = _edited(settings, against).plus(*layers_of(settings))
    collected = await _collect(settings)
    now, then = policies_of(settings), Policies(settings, edited)
    return Replay(
        actions=len(collected.found),
        records=sum(len(tasks) for tasks in collected.found.values()),
        unusable=collected.unusable,
        changes=tuple(sorted(_changes(collected.found, now, then), key=_rank)),
    )


def _edited(settings: Settings, against: Path) -> Contracts:
    if against.is_dir():
        return load_contracts(against)
    if not against.exists():
        raise InputError(f"contract {str(against)!r} is not there", hint="name an edited contract")
    new = parse_file(read_file(against), against)
    kept: list[ContractBytes] = []
    name = against.name
    for file in read_folder(folder_of(settings)):
        if _whose(parse_file(file.content, file.path)) == _whose(new):
            name = file.path.name
        elif file.path.name != against.name:
            kept.append(file)
    taken = ContractBytes(path=against.with_name(name), content=new.document.text)
    return contracts_from([*kept, taken])


def _whose(file: ContractFile) -> tuple[object, ...]:
    layer = file.layer
    is_approved = file.path.name.endswith(APPROVED)
    return layer.role, layer.project, is_approved, file.path.stem if layer.is_base else ""


def _changes(
    found: Mapping[PastAction, list[str]], now: Policies, then: Policies
) -> Iterator[PolicyChange]:
    for past, tasks in found.items():
        before = now.explainer(past.role, past.project)(past.action)
        after = then.explainer(past.role, past.project)(past.action)
        if before.outcome is not after.outcome:
            yield PolicyChange(
                past=past,
                tasks=tuple(sorted(set(tasks))),
                times=len(tasks),
                before=before,
                after=after,
            )


def _rank(change: PolicyChange) -> tuple[bool, int, str, str]:
    past = change.past
    return change.is_stricter, -change.times, past.role.value, past.action.target


async def _collect(settings: Settings) -> _Collected:
    path = settings.state / "work.db"
    worktrees = settings.state / "worktrees"
    if not path.exists():
        return _Collected(tasks={}, worktrees=worktrees)
    secrecy = secrecy_of(settings)
    guard = TextGuard(redact=secrecy.redact, codec=secrecy.codec)
    store = await SqliteStore.open(path, clock=SystemClock(), read_only=True, guard=guard)
    try:
        items = await store.read(lambda reader: reader.tasks(TaskQuery(limit=_EVERYTHING)))
        escalations = await store.read(
            lambda reader: reader.escalations(states=frozenset(), limit=_EVERYTHING)
        )
    finally:
        await store.close()
    collected = _Collected(tasks={item.task_id: item for item in items}, worktrees=worktrees)
    for escalation in escalations:
        collected.add(escalation.task_id, escalation.action)
    _take_decisions(collected, DecisionLog(settings.brain / "decisions"), escalations)
    for item in items:
        for action in _tool_calls(settings, item.task_id, secrecy.codec):
            collected.add(item.task_id, action)
    return collected


def _take_decisions(
    collected: _Collected, log: DecisionLog, escalations: Iterable[Escalation]
) -> None:
    """Rulings of the guardrails, but for those whose escalation is known."""
    known = {escalation.escalation_id for escalation in escalations}
    decisions, _ = log.read_all()
    for decision in decisions:
        if decision.kind is DecisionKind.GUARDRAIL and decision.ref not in known:
            collected.add(decision.task_id, _action_of(decision))


def _action_of(decision: Decision) -> Action | None:
    kind, separator, target = decision.value.partition(": ")
    is_whole = bool(separator) and kind in set(ActionKind)
    return Action(kind=ActionKind(kind), target=target) if is_whole else None


def _tool_calls(settings: Settings, task_id: TaskId, codec: Codec) -> Iterator[Action | None]:
    folder = settings.state / "transcripts"
    for path in sorted((folder / task_id).glob("[0-9]*.jsonl")):
        if not path.stem.isdecimal():
            continue
        after, is_more = 0, True
        while is_more:
            chunk = read_transcript(folder, task_id, int(path.stem), after=after, codec=codec)
            for entry in chunk.entries:
                if entry.kind is EntryKind.TOOL:
                    yield _called(entry.text)
            is_more = bool(chunk.entries) and chunk.next_offset > after
            after = chunk.next_offset


def _called(summary: str) -> Action | None:
    """The action behind a tool call's line; None: the line was shortened."""
    if summary.endswith(CUT):
        return None
    file_tool = _FILE_TOOL.fullmatch(summary)
    if file_tool is None:
        return Action(kind=ActionKind.RUN_COMMAND, target=summary.replace(NEW_LINE, "\n"))
    looks = file_tool["verb"] == "view"
    kind = ActionKind.READ_FILE if looks else ActionKind.WRITE_FILE
    return Action(kind=kind, target=file_tool["path"])
