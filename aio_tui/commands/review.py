"""Reading a change, and what is said to it."""

from __future__ import annotations

from typing import cast

from aio_tui.commands import merging
from aio_tui.commands.base import Command, Desk, ReviewDesk, Topic
from aio_tui.commands.look import LookCommand
from aio_tui.remarks import as_quoted
from aio_tui.wording import counted
from engine.domain.orders import Order, OverrideVerdict, RetryTask, SteerTask
from engine.domain.state import TRANSITIONS, TaskState, Trigger
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState, WorkItem

_GONE = frozenset({TaskState.CANCELLED, TaskState.PASSED, TaskState.MERGING})


class TurnCommand(LookCommand[ReviewDesk]):
    """A command that leads through the change; one that comes before that is read waits for it."""

    topic = Topic.SCREEN

    def obstacle(self, desk: ReviewDesk) -> str:
        return desk.why_nothing_turns


class NextFile(TurnCommand):
    """The next file of the change."""

    keys = ("right_square_bracket", "right")
    label = "next file"
    is_in_bar = True

    def run(self, desk: ReviewDesk) -> None:
        desk.turn_file(1)


class PreviousFile(TurnCommand):
    """The previous file of the change."""

    keys = ("left_square_bracket", "left")
    label = "previous file"

    def run(self, desk: ReviewDesk) -> None:
        desk.turn_file(-1)


class NextHunk(TurnCommand):
    """The next change in the file; after the last one the next file."""

    keys = ("right_curly_bracket",)
    label = "next change"
    is_in_bar = True

    def run(self, desk: ReviewDesk) -> None:
        desk.turn_hunk(1)


class PreviousHunk(TurnCommand):
    """The previous change in the file; before the first one the previous file."""

    keys = ("left_curly_bracket",)
    label = "previous change"

    def run(self, desk: ReviewDesk) -> None:
        desk.turn_hunk(-1)


class SwitchColumns(LookCommand[ReviewDesk]):
    """Before and after side by side, or in one column."""

    keys = ("vertical_line",)
    label = "side by side"
    topic = Topic.SCREEN
    is_in_bar = True

    def run(self, desk: ReviewDesk) -> None:
        desk.switch_columns()


class OtherPane(LookCommand[ReviewDesk]):
    """Between the change, the verdict with its proof, and the files."""

    keys = ("tab",)
    label = "verdict"
    topic = Topic.SCREEN
    is_in_bar = True

    @property
    def name(self) -> str:
        return "switch_pane"

    def run(self, desk: ReviewDesk) -> None:
        desk.switch_pane()


class Remark(Command[ReviewDesk]):
    """Say something of this line; it is sent with all other comments when you send the work
    back. An empty comment takes it away.
    """

    keys = ("c",)
    label = "comment"
    asks_for_text = True
    topic = Topic.MERGE
    is_order = True

    def obstacle(self, desk: ReviewDesk) -> str:
        if desk.selected is None:
            return "no task is selected"
        if desk.is_being_read:
            return "the change is being read"
        return "" if desk.line_words else "put the cursor on a line of the change"

    def run(self, desk: ReviewDesk) -> None:
        shown = as_quoted(desk.line_text)
        desk.ask(
            f"Comment on {desk.line_words} ({desk.sign('send_back')} sends it to the agent)"
            + (f"\n│ {shown}" if shown else ""),
            desk.set_remark,
            default=desk.remark,
            may_be_empty=True,
        )


class SendBack(Command[ReviewDesk]):
    """Send the work back to the agent: your comments on lines, and a reason, are what its next
    iteration reads first.
    """

    keys = ("R",)
    label = "send back"
    asks_for_text = True
    topic = Topic.MERGE
    is_order = True

    def obstacle(self, desk: ReviewDesk) -> str:
        item = desk.selected
        if item is None:
            return "no task is selected"
        if item.merge_state is MergeState.MERGED:
            return f"{item.task_id} is merged; press {desk.sign('revert')} to revert it"
        if item.state in _GONE:
            return f"{item.task_id} is {item.standing}"
        if not _is_verified(item) and not desk.remarks:
            key = desk.sign("remark")
            words = f"press {key} to comment on a line first"
            return f"{item.task_id} is {item.standing}; {words}"
        return ""

    def run(self, desk: ReviewDesk) -> None:
        item = desk.selected
        if item is None:
            return
        remarks = tuple(desk.remarks)
        with_them = f" with {counted(len(remarks), 'comment')}" if remarks else ""
        desk.ask(
            f"Send {item.task_id} back{with_them}: what else shall the agent know?"
            if remarks
            else f"Send {item.task_id} back: what shall the agent know?",
            lambda reason: _send(item, remarks, reason, desk),
            may_be_empty=bool(remarks),
        )


def _send(item: WorkItem, remarks: tuple[str, ...], reason: str, desk: ReviewDesk) -> None:
    """The comments first, so that no iteration begins without them."""
    orders: list[Order] = [SteerTask(task_id=item.task_id, note=remark) for remark in remarks]
    if _is_verified(item):
        told = reason or f"see {counted(len(remarks), 'comment')} on lines of the change"
        orders.append(OverrideVerdict(task_id=item.task_id, verdict=VerdictKind.FAIL, reason=told))
    elif reason:
        orders.append(SteerTask(task_id=item.task_id, note=reason))
    if (item.state, Trigger.RETRY) in TRANSITIONS:
        orders.append(RetryTask(task_id=item.task_id))
    desk.give(*orders)
    desk.drop_remarks()


def _is_verified(item: WorkItem) -> bool:
    return (item.state, Trigger.REJECT) in TRANSITIONS


class MergeReviewed(merging.Merge):
    """Let the merge queue bring the verified work into the base branch; asks if comments of
    yours were not sent.
    """

    @property
    def name(self) -> str:
        return "merge"

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        unsent = len(cast("ReviewDesk", desk).remarks)
        if not unsent:
            super().run_on(item, desk)
            return
        desk.choose(
            f"{counted(unsent, 'comment')} of yours would not be sent. Merge {item.task_id}?",
            [("y", "merge all the same"), ("n", "leave it")],
            lambda key: super(MergeReviewed, self).run_on(item, desk) if key == "y" else None,
        )


REVIEW = (
    MergeReviewed(),
    Remark(),
    SendBack(),
    OtherPane(),
    NextHunk(),
    NextFile(),
    SwitchColumns(),
    PreviousHunk(),
    PreviousFile(),
    merging.Revert(),
)
"""What can be done where a change is read."""
