"""Every command of every screen, by its key, in a real terminal: where the engine is in the
cockpit's own process, and where the cockpit is attached to one that runs in the background.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aio_tui.commands.catalogue import ALWAYS
from aio_tui.places import COCKPIT, PLACES
from aio_tui.screens.directory import commands_at
from tests.acceptance.commands.going import GOING, LANDING, STOP
from tests.acceptance.commands.looking import LOOKING
from tests.acceptance.commands.ordering import ORDERING
from tests.acceptance.commands.places import BACK, COMPARE, LISTS, REPLAY
from tests.acceptance.commands.scene import ALIVE, Scene, scene
from tests.acceptance.commands.screens import INBOX, REPORT, REVIEW, STORY
from tests.acceptance.commands.walk import SIZE, Facts, Walker
from tests.support.cli import Cli
from tests.support.terminal import Terminal, is_running

HELD = (
    *LOOKING, *ORDERING, *STORY, *REVIEW, *REPLAY, *COMPARE, *LISTS, *INBOX, *REPORT, *BACK,
)  # fmt: skip
"""In this order, with nothing at work."""
ENDS = {"quit", "leave"}
"""They end the cockpit, and are pressed last."""
ANSWERED = {"once": 1, "whole": 2, "always": 1, "inbox": 1, "night": 1}
"""How often what was approved is done in the end, by task."""
REFUSED = ("deny", "hold")
_UNDER_WAY = {"alive", "asked", "edit", "deny", *ANSWERED}


def test_every_command_has_a_row() -> None:
    """Of what can be done on every screen the way back has a row for each, all has one here."""
    known = {(row.place, row.command) for row in (*HELD, *GOING, *LANDING, *STOP)}
    everywhere = {each.name for each in ALWAYS} - {"back"}
    missing = [
        f"{place.name}: {command.name}"
        for place in PLACES
        for command in commands_at(place.name)
        if (place.name, command.name) not in known
        and command.name not in ENDS
        and (place.name == COCKPIT or command.name not in everywhere)
    ]
    assert missing == [], "say in tests/acceptance/commands what is pressed and what is seen then"


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)  # two hundred keys in one go
@pytest.mark.parametrize("is_embedded", [True, False], ids=["embedded", "attached"])
def test_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_embedded: bool
) -> None:
    with scene(tmp_path) as here:
        facts = Facts(here, Cli(here.site.repo, capsys))
        with _left_engine(facts):
            if not is_embedded:
                _begin_in_background(facts)
            _press_everything(here, facts, is_embedded=is_embedded)


def _press_everything(here: Scene, facts: Facts, *, is_embedded: bool) -> None:
    """And leave, with a task at work."""
    with here.site.cockpit(size=SIZE) as terminal:
        terminal.wait_for("press s to start" if is_embedded else "attached")
        walker = Walker(facts, terminal)
        walker.walk(HELD)
        for task in facts.told("task", "list", "--state", "queued"):
            if task["task_id"] not in _UNDER_WAY:
                assert facts.told("task", "pause", task["task_id"]), task
        walker.walk(GOING)
        _look_at_marks(facts, terminal)
        walker.walk(LANDING)
        terminal.wait_until(lambda: facts.state(ALIVE) == "running", f"{ALIVE} at work")
        terminal.send("C-d")
        if is_embedded:
            terminal.wait_for("The run goes on")
        else:
            assert terminal.wait_for_exit() == 0
        _stop_and_quit(here, facts)


def _stop_and_quit(here: Scene, facts: Facts) -> None:
    """From a cockpit that finds the run that was left, with what it works on."""
    with here.site.cockpit(size=SIZE) as terminal:
        terminal.wait_for("attached", "/3 busy")
        pid = facts.told("status")["pid"]
        assert facts.state(ALIVE) == "running"
        Walker(facts, terminal).walk(STOP)
        terminal.wait_until(lambda: not is_running(pid), "the end of the engine")
        terminal.send("q")
        assert terminal.wait_for_exit() == 0


def _look_at_marks(facts: Facts, terminal: Terminal) -> None:
    """What was approved is done so often, and what was refused is not."""
    terminal.wait_until(
        lambda: {facts.state(task) for task in ANSWERED} == {"failed"}, "those who asked to end"
    )
    done = {task: facts.scene.mark(task).read_text() for task in ANSWERED}
    assert done == {task: "once\n" * often for task, often in ANSWERED.items()}
    assert not any(facts.scene.mark(task).exists() for task in (*REFUSED, "edit"))


def _begin_in_background(facts: Facts) -> None:
    """A run that stays, and holds everything until it is told to go on."""
    for words in (("task", "pause", "--all"), ("run", "--detach", "--stay")):
        done = facts.scene.site.call(*words)
        assert done.returncode == 0, done.stderr


@contextmanager
def _left_engine(facts: Facts) -> Iterator[None]:
    """Ends the engine that was left behind, if the test ends before it."""
    try:
        yield
    finally:
        pid = (facts.told("status") or {}).get("pid")
        if pid and is_running(pid):
            os.kill(pid, signal.SIGKILL)
