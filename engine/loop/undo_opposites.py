"""What to order instead of an undo that comes too late, or that there is none of."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.orders import (
    ApproveEscalation,
    BranchTask,
    CancelTask,
    DenyEscalation,
    DiscardWork,
    GrantIterations,
    HaltRun,
    HandBackTask,
    MergeTask,
    MessageTask,
    OrderRecord,
    OverrideVerdict,
    PauseRun,
    PauseTask,
    ResumeRun,
    ResumeTask,
    RetryTask,
    RevertMerge,
    SetAgent,
    SetMoney,
    SetParallelism,
    SetPriority,
    SetTokens,
    ShiftPriority,
    SteerTask,
    StopRun,
    TakeTask,
)
from engine.domain.steps import NextStep, Step
from engine.domain.verdict import VerdictKind

_OPPOSITES: Mapping[type, tuple[str, Step]] = {
    CancelTask: ("put it back into the queue", Step.RETRY),
    DiscardWork: ("put it back into the queue", Step.RETRY),
    MergeTask: ("revert it once it is merged", Step.REVERT),
    RevertMerge: ("merge {about} again once it is verified", Step.NONE),
    PauseTask: ("let it go on", Step.RESUME),
    ResumeTask: ("pause {about} again", Step.NONE),
    RetryTask: ("cancel {about}", Step.NONE),
    BranchTask: ("cancel the task that was branched off", Step.NONE),
    TakeTask: ("hand it back", Step.HAND_BACK),
    HandBackTask: ("take it over again", Step.TAKE),
    SetPriority: ("set the priority{again}", Step.NONE),
    ShiftPriority: ("set the priority{again}", Step.NONE),
    SetMoney: ("change it once more for {about}", Step.NONE),
    SetTokens: ("change it once more for {about}", Step.NONE),
    SetAgent: ("change it once more for {about}", Step.NONE),
    GrantIterations: ("change them once more for {about}", Step.NONE),
    ApproveEscalation: ("send the agent a message, or pause its task", Step.NONE),
    DenyEscalation: ("send the agent a message, or pause its task", Step.NONE),
    MessageTask: ("send another message to {about}", Step.NONE),
    SteerTask: ("send another message to {about}", Step.NONE),
    ResumeRun: ("pause all again", Step.NONE),
    PauseRun: ("let all go on", Step.RESUME_ALL),
    StopRun: ("let all go on", Step.RESUME_ALL),
    HaltRun: ("let all go on", Step.RESUME_ALL),
    SetParallelism: ("set how many work at once{again}", Step.NONE),
}
"""`{again}`: to what it was, where that is on record."""


def opposite_of(record: OrderRecord) -> NextStep:
    """The order that takes that one back, or what comes nearest to it."""
    order = record.order
    about = getattr(order, "task_id", "")
    if isinstance(order, OverrideVerdict):
        if order.verdict is VerdictKind.PASS:
            return NextStep(words="reject the work", step=Step.REJECT, about=about)
        return NextStep(words=f"override the verdict of {about} to PASS")
    words, step = _OPPOSITES.get(type(order), ("give an order that does the opposite", Step.NONE))
    was = record.before.get("priority", record.before.get("parallel"))
    again = " again" if was is None else f" to {was} again"
    return NextStep(words=words.format(about=about, again=again), step=step, about=about)
