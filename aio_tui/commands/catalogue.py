"""The commands in groups, in the order in which the key bar and the help show them."""

from __future__ import annotations

from collections.abc import Sequence

from aio_tui.commands import (
    branching,
    leaving,
    limits,
    lists,
    look,
    merging,
    questions,
    review,
    run,
    story,
    tasks,
)
from aio_tui.commands.base import AnyCommand
from aio_tui.places import PLACES

QUESTIONS: tuple[AnyCommand, ...] = (
    questions.ApproveOnce(),
    questions.ApproveForTask(),
    questions.Deny(),
    questions.EditAndApprove(),
    questions.ApproveAlways(),
    questions.DenyAndPause(),
    questions.Acknowledge(),
)
"""For a screen that has a `question`."""

MERGE: tuple[AnyCommand, ...] = (
    merging.Merge(),
    merging.MergeAll(),
    merging.Reject(),
    merging.Revert(),
    merging.DiscardWork(),
)
"""For a screen that has a `selected` task whose work may be verified."""

RUN: tuple[AnyCommand, ...] = (run.Start(), run.PauseOrResumeAll())

TASK: tuple[AnyCommand, ...] = (
    tasks.PauseOrResume(),
    tasks.PauseNow(),
    tasks.Retry(),
    tasks.Override(),
    tasks.Steer(),
    tasks.MessageNow(),
    tasks.Grant(),
    limits.Limits(),
    branching.Branch(),
    tasks.Cancel(),
    tasks.TakeOver(),
    tasks.HandBack(),
    tasks.MoreUrgent(),
    tasks.LessUrgent(),
)
"""For a screen that has a `selected` task."""

RUN_LIMITS: tuple[AnyCommand, ...] = (
    run.Halt(),
    run.Stop(),
    run.Undo(),
    run.MoreParallel(),
    run.LessParallel(),
)

ALWAYS: tuple[AnyCommand, ...] = (
    *RUN,
    *RUN_LIMITS,
    look.Open(),
    look.Back(),
    lists.Filter(),
    lists.Views(),
    lists.Find(),
    look.Help(),
    look.Tour(),
    look.Palette(),
    look.Theme(),
    leaving.Quit(),
    leaving.Leave(),
    *(look.GoTo(place) for place in PLACES),
    look.Down(),
    look.Up(),
    look.PageDown(),
    look.PageUp(),
    look.First(),
    look.Last(),
    leaving.StepAside(),
)
"""On every screen."""

COCKPIT: tuple[AnyCommand, ...] = (
    *QUESTIONS,
    *MERGE,
    *RUN,
    *TASK,
    *RUN_LIMITS,
    look.SwitchPane(),
    look.ShowTimeline(),
    look.ShowOutput(),
    look.ShowRalph(),
    look.ShowCheckpoints(),
    look.ShowKnowledge(),
    look.ShowInbox(),
    look.NextTab(),
    look.PreviousTab(),
    look.NextPage(),
    look.PreviousPage(),
)

STORY: tuple[AnyCommand, ...] = (*story.STORY, *MERGE, *TASK)
"""For the screen that shows a task's iterations."""

REVIEW: tuple[AnyCommand, ...] = (
    *review.REVIEW,
    tasks.Override(),
    tasks.Retry(),
    tasks.Steer(),
)
"""For the screen on which a change is read."""

TABLE: tuple[AnyCommand, ...] = (lists.Sort(),)
"""For a screen that is a `TableScreen`."""


def with_always(own: tuple[AnyCommand, ...]) -> tuple[AnyCommand, ...]:
    """`own`, then what every screen has and `own` neither names nor takes all keys of."""
    names = {command.name for command in own}
    taken = {key for command in own for key in command.keys}
    rest = (command for command in ALWAYS if command.name not in names)
    return (*own, *(command for command in rest if not command.keys or set(command.keys) - taken))


def key_of(name: str, own: Sequence[AnyCommand] = ()) -> str:
    """The sign of the first key of the command of this name, for hints such as `press s`: of a
    screen's `own` commands, of the main screen, or of all screens.
    """
    return next(each.key_signs[0] for each in (*own, *COCKPIT, *ALWAYS) if each.name == name)
