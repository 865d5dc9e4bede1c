"""The one list of commands, in the order in which the key bar and the help show them."""

from __future__ import annotations

from aio_tui.commands import look, merging, questions, run, tasks
from aio_tui.commands.base import Command

COMMANDS: tuple[Command, ...] = (
    questions.ApproveOnce(),
    questions.ApproveForTask(),
    questions.Deny(),
    questions.EditAndApprove(),
    questions.ApproveAlways(),
    questions.DenyAndPause(),
    questions.Acknowledge(),
    merging.Merge(),
    merging.MergeAll(),
    merging.Reject(),
    merging.Revert(),
    run.Start(),
    run.PauseOrResumeAll(),
    tasks.PauseOrResume(),
    tasks.Retry(),
    tasks.Override(),
    tasks.Steer(),
    tasks.Grant(),
    tasks.Cancel(),
    tasks.MoreUrgent(),
    tasks.LessUrgent(),
    run.Stop(),
    run.MoreParallel(),
    run.LessParallel(),
    look.Open(),
    look.Back(),
    look.SwitchPane(),
    look.Filter(),
    look.Help(),
    look.Palette(),
    look.Theme(),
    run.Quit(),
    run.Leave(),
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
    look.Down(),
    look.Up(),
    look.PageDown(),
    look.PageUp(),
    look.First(),
    look.Last(),
)

_BY_NAME = {command.name: command for command in COMMANDS}


def command_named(name: str) -> Command:
    """The command of this name; every binding is made from one."""
    return _BY_NAME[name]
