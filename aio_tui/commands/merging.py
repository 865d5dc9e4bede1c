"""Orders about the way of verified work into the base branch."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from aio_tui.commands.base import Command, Desk, TaskCommand, Topic
from aio_tui.wording import counted, has_work
from engine.domain import orders
from engine.domain.ids import TaskId
from engine.domain.orders import MergeTask, OverrideVerdict, RevertMerge
from engine.domain.state import TRANSITIONS, TaskState, Trigger
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState, WorkItem

_NAMED = 10


class Merge(TaskCommand):
    """Let the merge queue bring the verified work into the base branch."""

    keys = ("m",)
    label = "merge"
    topic = Topic.MERGE

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        return _no_merge(item)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        _merge([item], desk)


class MergeAll(Command[Desk]):
    """Let the merge queue take every verified branch that waits for you; asks first. Of a task and
    its branches, which do the same work, none is taken unless you say so.
    """

    keys = ("M",)
    label = "merge all"
    topic = Topic.MERGE
    is_order = True
    is_in_bar = False

    def obstacle(self, desk: Desk) -> str:
        return "" if _waiting(desk) else "no verified work waits for your merge"

    def run(self, desk: Desk) -> None:
        waiting = _waiting(desk)
        doubled = _doubled(waiting, desk)
        single = [item for item in waiting if item not in doubled]
        tasks = counted(len(single), "task")
        asked = f"Merge the verified work of {tasks}: {_named(single)}?"
        options = [("y", f"merge {tasks}")] if single else []
        if doubled:
            those = f"{_named(doubled)} do the same work: a task and its branches."
            asked = f"{those} {asked}" if single else f"{those} Merge one, or all of them?"
            options.append(("a", f"merge all {len(waiting)}, those too"))
        taken = {"y": single, "a": waiting}
        desk.choose(
            asked, [*options, ("n", "leave them")], lambda key: _merge(taken.get(key, []), desk)
        )


def _waiting(desk: Desk) -> list[WorkItem]:
    tasks = desk.overview.tasks if desk.overview else ()
    return [
        item for item in tasks if item.merge_state is MergeState.WAITING and not _no_merge(item)
    ]


def _doubled(items: list[WorkItem], desk: Desk) -> list[WorkItem]:
    """Those that come of the same task as another one of them."""
    known = {item.task_id: item for item in (desk.overview.tasks if desk.overview else ())}
    roots = [_root(item, known) for item in items]
    return [item for item, root in zip(items, roots, strict=True) if roots.count(root) > 1]


def _root(item: WorkItem, known: Mapping[TaskId, WorkItem]) -> TaskId:
    root = item.task_id
    while item.branched_from is not None:
        root = item.branched_from
        if root not in known:
            break
        item = known[root]
    return root


def _named(items: list[WorkItem]) -> str:
    """The first few, so that the answers below stay on the screen."""
    more = len(items) - _NAMED
    names = ", ".join(item.task_id for item in items[:_NAMED])
    return f"{names} and {more} more" if more > 0 else names


def _merge(items: list[WorkItem], desk: Desk) -> None:
    after_s = desk.settings.merge.undo_window_s
    together = uuid4().hex if len(items) > 1 else ""
    if items:
        desk.give(
            *(MergeTask(task_id=item.task_id, after_s=after_s, together=together) for item in items)
        )


def _no_merge(item: WorkItem) -> str:
    """Why its branch cannot be merged now; empty: it can."""
    if item.state is TaskState.MERGING:
        return f"{item.task_id} is being merged"
    if item.merge_state is MergeState.MERGED:
        return f"{item.task_id} is merged"
    if item.merge_state is MergeState.QUEUED:
        return f"{item.task_id} is in line already"
    if item.state is not TaskState.COMPLETED:
        return f"{item.task_id} is {item.standing}: only verified work is merged"
    if not has_work(item):
        return f"{item.task_id} changed nothing"
    return ""


class Reject(TaskCommand):
    """Send verified work back to the agent; the reason you give reaches it."""

    keys = ("R",)
    label = "reject"
    asks_for_text = True
    topic = Topic.MERGE

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        if item.merge_state is MergeState.MERGED:
            return f"{item.task_id} is merged; press {desk.sign('revert')} to revert it"
        if (item.state, Trigger.REJECT) not in TRANSITIONS:
            return f"{item.task_id} is {item.standing}: only verified work is rejected"
        return ""

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.ask(
            f"Reject the work of {item.task_id}: what shall the agent know?",
            lambda reason: desk.give(
                OverrideVerdict(task_id=item.task_id, verdict=VerdictKind.FAIL, reason=reason)
            ),
            may_be_empty=False,
        )


class DiscardWork(TaskCommand):
    """Throw away what the task has on its branch, and end the task; asks first. The commits are
    kept under another name.
    """

    keys = ("X",)
    label = "throw away"
    topic = Topic.MERGE
    is_in_bar = False
    trigger = Trigger.DISCARD

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        if item.merge_state is MergeState.MERGED:
            return f"{item.task_id} is merged; press {desk.sign('revert')} to revert it"
        if not has_work(item):
            return f"{item.task_id} has no work"
        return super().obstacle_of(item, desk)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.choose(
            f"Throw the work of {item.task_id} away? Branch {item.branch} goes, and the task is"
            f" cancelled; {desk.sign('undo')} takes that back for 30 seconds, and git keeps the"
            " commits under refs/aio-tui/discarded.",
            [("y", "throw it away"), ("n", "leave it")],
            lambda key: desk.give(orders.DiscardWork(task_id=item.task_id)) if key == "y" else None,
        )


class Revert(TaskCommand):
    """Undo the task's merge with a commit on the base branch; asks for a reason, and again."""

    keys = ("u",)
    label = "revert"
    asks_for_text = True
    topic = Topic.MERGE

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        if item.merge_state is not MergeState.MERGED or item.state is not TaskState.COMPLETED:
            return f"{item.task_id} is not merged"
        return ""

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        def confirm(reason: str) -> None:
            desk.choose(
                f"Revert the merge of {item.task_id}? A commit on the base branch undoes it, and "
                "the task is blocked with your reason. Its branch stays.",
                [("y", "revert the merge"), ("n", "leave it")],
                lambda key: (
                    desk.give(RevertMerge(task_id=item.task_id, reason=reason))
                    if key == "y"
                    else None
                ),
            )

        desk.ask(f"Revert the merge of {item.task_id}: why?", confirm, may_be_empty=False)
