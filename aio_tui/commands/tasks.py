"""Orders about one task."""

from __future__ import annotations

from aio_tui.commands.base import Desk, TaskCommand
from engine.domain.orders import (
    CancelTask,
    GrantIterations,
    MessageTask,
    OverrideVerdict,
    PauseTask,
    ResumeTask,
    RetryTask,
    ShiftPriority,
    SteerTask,
)
from engine.domain.state import HELD, TRANSITIONS, TaskState, Trigger
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState, WorkItem

_OVER = frozenset({TaskState.PASSED, TaskState.COMPLETED, TaskState.CANCELLED})
_CAN_PAUSE = frozenset(
    {
        TaskState.QUEUED,
        TaskState.CLAIMED,
        TaskState.RUNNING,
        TaskState.WAITING,
        TaskState.VERIFYING,
    }
)

_CAN_TAKE = HELD | {state for state, trigger in TRANSITIONS if trigger is Trigger.TAKE}
_CAN_TAKE |= {TaskState.TAKEN}


class PauseOrResume(TaskCommand):
    """Hold the task at its next safe point, or let a held one go on."""

    keys = ("p",)
    label = "pause task"

    def label_at(self, desk: Desk) -> str:
        is_held = desk.selected is not None and _is_held(desk.selected)
        return "resume task" if is_held else self.label

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        can = item.state in _CAN_PAUSE or item.state is TaskState.PAUSED
        return "" if can else f"{item.task_id} is {item.standing}"

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        order = ResumeTask if _is_held(item) else PauseTask
        desk.give(order(task_id=item.task_id))


class PauseNow(TaskCommand):
    """Hold the task at once: its running iteration is given up, and begun anew when it goes on."""

    keys = ("i",)
    label = "pause now"
    is_in_bar = False

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        can = item.state in _CAN_PAUSE
        return "" if can else f"{item.task_id} is {item.standing}"

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.give(PauseTask(task_id=item.task_id, at_once=True))


def _is_held(item: WorkItem) -> bool:
    return item.state is TaskState.PAUSED or item.is_pause_requested


class Override(TaskCommand):
    """Put your verdict in the place of Ralph's, with a reason; it is recorded."""

    keys = ("v",)
    label = "override"
    asks_for_text = True

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        if item.merge_state is MergeState.MERGED:
            return f"{item.task_id} is merged; press {desk.sign('revert')} to revert it"
        if _possible_verdicts(item):
            return ""
        return f"{item.task_id} is {item.standing}: no verdict to override now"

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        def ask_reason(key: str) -> None:
            verdict = VerdictKind.PASS if key == "p" else VerdictKind.FAIL
            desk.ask(
                f"Override {item.task_id} to {verdict.value}: why?",
                lambda reason: desk.give(
                    OverrideVerdict(task_id=item.task_id, verdict=verdict, reason=reason)
                ),
                may_be_empty=False,
            )

        options = [
            (kind.value[0].lower(), f"{kind.value}: {_WHAT_FOLLOWS[kind]}; recorded with your name")
            for kind in _possible_verdicts(item)
        ]
        desk.choose(f"Override the verdict of {item.task_id} to", options, ask_reason)


_WHAT_FOLLOWS = {
    VerdictKind.PASS: "its work counts as verified and may be merged",
    VerdictKind.FAIL: "its agent tries again, and reads your reason",
}


def _possible_verdicts(item: WorkItem) -> list[VerdictKind]:
    triggers = ((Trigger.ACCEPT, VerdictKind.PASS), (Trigger.REJECT, VerdictKind.FAIL))
    return [kind for trigger, kind in triggers if (item.state, trigger) in TRANSITIONS]


class Retry(TaskCommand):
    """Put a blocked, failed or cancelled task back into the queue with a fresh budget."""

    keys = ("r",)
    label = "retry"
    trigger = Trigger.RETRY

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.give(RetryTask(task_id=item.task_id))


class Cancel(TaskCommand):
    """End the task, at once if it runs; asks first. Its branch stays."""

    keys = ("x",)
    label = "cancel"
    trigger = Trigger.CANCEL

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        obstacle = super().obstacle_of(item, desk)
        can_go = item.state is TaskState.COMPLETED and item.merge_state is MergeState.WAITING
        return f"{obstacle}; {desk.sign('discard_work')} throws it away" if can_go else obstacle

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.choose(
            f"Cancel {item.task_id}? A running iteration is lost, its branch stays.",
            [("y", "cancel the task"), ("n", "leave it")],
            lambda key: desk.give(CancelTask(task_id=item.task_id)) if key == "y" else None,
        )


class TakeOver(TaskCommand):
    """Work on the task yourself: a shell in its worktree, for as long as you like. Agents leave it
    alone until you give it back.
    """

    keys = ("ctrl+t",)
    label = "take over"
    is_in_bar = False

    def label_at(self, desk: Desk) -> str:
        is_taken = desk.selected is not None and desk.selected.state is TaskState.TAKEN
        return "shell again" if is_taken else self.label

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        can = item.state in _CAN_TAKE
        return "" if can else f"{item.task_id} is {item.standing}"

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        lost = _lost_by_taking(item)
        if not lost:
            desk.take_over(item.task_id)
            return
        desk.choose(
            f"Take {item.task_id} over? {lost}; what it wrote is kept.",
            [("y", "open a shell in its worktree"), ("n", "leave it")],
            lambda key: desk.take_over(item.task_id) if key == "y" else None,
        )


def _lost_by_taking(item: WorkItem) -> str:
    """What an operator who works on the task himself gives up; empty: nothing."""
    if item.state is TaskState.WAITING:
        return "Its question is withdrawn, and the iteration that asked is given up"
    return "Its running iteration is given up" if item.state in HELD else ""


class HandBack(TaskCommand):
    """Commit what you did in the worktree as your work, and let agents go on with it."""

    keys = ("ctrl+y",)
    label = "hand back"
    asks_for_text = True
    trigger = Trigger.HAND_BACK

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.ask(
            f"Hand {item.task_id} back. A note for the next iteration? (may be empty)",
            lambda note: desk.hand_back(item.task_id, note),
            may_be_empty=True,
        )


class MoreUrgent(TaskCommand):
    """Raise the priority by one; 0 is the most urgent."""

    keys = ("plus", "equals_sign")
    label = "more urgent"
    is_in_bar = False

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        return over(item)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.give(ShiftPriority(task_id=item.task_id, steps=-1))


class LessUrgent(TaskCommand):
    """Lower the priority by one; 9 is the least urgent."""

    keys = ("minus",)
    label = "less urgent"
    is_in_bar = False

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        return over(item)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.give(ShiftPriority(task_id=item.task_id, steps=1))


class Grant(TaskCommand):
    """Give the task more iterations, or take some with a negative number."""

    keys = ("b",)
    label = "budget"
    asks_for_text = True

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        return over(item)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        def grant(answer: str) -> None:
            try:
                iterations = int(answer)
            except ValueError:
                desk.refuse(f"{answer[:40]!r} is no whole number; nothing was changed")
                return
            desk.give(GrantIterations(task_id=item.task_id, iterations=iterations))

        question = f"How many more iterations for {item.task_id}?"
        desk.ask(question, grant, default="5", may_be_empty=False)


class MessageNow(TaskCommand):
    """Tell the agent at work something now: it reads it with the result of its next step."""

    keys = ("c",)
    label = "message"
    asks_for_text = True
    is_in_bar = False

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        is_at_work = item.state in HELD or item.state is TaskState.WAITING
        return (
            ""
            if is_at_work
            else f"{item.task_id} is {item.standing}; {desk.sign('steer')} leaves a note"
        )

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        is_done = item.state is TaskState.VERIFYING
        when = ": it is done, and reads this only if the task tries again" if is_done else ", now"
        desk.ask(
            f"Message for the agent of {item.task_id}{when}",
            lambda text: desk.give(MessageTask(task_id=item.task_id, text=text)),
            may_be_empty=False,
        )


class Steer(TaskCommand):
    """Leave a note that the agent reads at the start of its next iteration."""

    keys = ("n",)
    label = "note"
    asks_for_text = True

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        return over(item)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        desk.ask(
            f"Note for the next iteration of {item.task_id}",
            lambda note: desk.give(SteerTask(task_id=item.task_id, note=note)),
            may_be_empty=False,
        )


def over(item: WorkItem) -> str:
    """Why nothing of the task can be changed any more; empty: it can."""
    return f"{item.task_id} is {item.standing}" if item.state in _OVER else ""
