"""The engine is killed at each named point of an iteration and started again."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.crash.forge import Forge
from tests.support.crash import READING, WAITS, Job, Story, problems, write_story

pytestmark = pytest.mark.slow

RUNS = {
    "at the beginning": (
        "claim, before its commit",
        "claim, after its commit",
        "worktree, before it starts",
        "worktree, opened",
        "move start, before its commit",
        "reset, before it starts",
        "move start, after its commit",
        "command, while it runs",
    ),
    "at its proof": (
        "work, before git commits it",
        "work, after git committed it",
        "move verify, before its commit",
        "move verify, after its commit",
        "check, before it starts",
        "baseline, before it is kept",
    ),
    "at its routing": (
        "automatic decision, before it is written",
        "automatic decision, written",
    ),
    "at its record": (
        "session file, before its rename",
        "add_checkpoint, before its commit",
        "add_checkpoint, after its commit",
    ),
    "at its end": (
        "session file, before it is archived",
        "worktree, before it is closed",
        "worktree, closed",
        "move complete, before its commit",
        "move complete, after its commit",
    ),
}
"""Points by the name of the story in which they are reached one after the other."""

ASKING = (
    "decision, before it is written",
    "decision, written",
    "move ask, before its commit",
    "move ask, after its commit",
)
ANSWERING = (
    "add_order, after its commit",
    "decision, written",
    "settle_order, before its commit",
    "settle_order, after its commit",
)
USES = {
    "before it": ("consume_answer, before its commit",),
    "after it": ("consume_answer, after its commit",),
    "at its effect": ("add_checkpoint, before its commit",),
}


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """A story that can be told again and again from the same place, at the same path."""

    story: Story
    kept: Path

    def again(self) -> Story:
        """The state folder of the operator remembers the log of the time before: it goes too."""
        shutil.rmtree(Path(os.environ["XDG_STATE_HOME"]) / "aio-tui/decisions", ignore_errors=True)
        shutil.rmtree(self.story.repo.parent)
        shutil.copytree(self.kept, self.story.repo.parent, symlinks=True)
        return replace(self.story)


def keep(story: Story, kept: Path) -> Beginning:
    shutil.copytree(story.repo.parent, kept, symlinks=True)
    return Beginning(story=story, kept=kept)


@pytest.fixture(scope="module")
def two_tries(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A task that nobody has touched and that takes two iterations."""
    folder = tmp_path_factory.mktemp("two-tries")
    story = write_story(folder / "home", Job(name="T-1", iterations=2), checks=READING)
    return keep(story, folder / "kept")


@pytest.fixture(scope="module")
def unasked(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A task that will ask the operator."""
    folder = tmp_path_factory.mktemp("unasked")
    story = write_story(folder / "home", Job(name="T-1", pays=True), checks=READING)
    return keep(story, folder / "kept")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """A task that waits for an answer."""
    folder = tmp_path_factory.mktemp("asked")
    story = write_story(folder / "home", Job(name="T-1", pays=True), checks=READING)
    assert story.start().wait(120) == WAITS
    return keep(story, folder / "kept")


Die = Callable[[Story, str, str], None]


@pytest.fixture
def die(forge: Forge) -> Die:
    """Lets an engine live with an order until it kills itself at a point."""

    def at(story: Story, order: str, point: str) -> None:
        words = (order, str(story.repo), point, str(story.repo.with_name("witness")))
        code = forge.run("tests.crash.dying_engine", *words, log=story.log)
        assert code == -signal.SIGKILL, f"{point}: {story.log.read_text()}"

    return at


def go_on(story: Story) -> list[str]:
    assert story.run_to_the_end() == 0, story.log.read_text()
    return problems(story, acknowledged=witnessed(story) | story.told())


def witnessed(story: Story) -> set[tuple[str, int]]:
    witness = story.repo.with_name("witness")
    lines = witness.read_text().splitlines() if witness.exists() else []
    return {(task_id, int(number)) for task_id, number, _ in map(str.split, lines)}


@pytest.mark.parametrize("points", RUNS.values(), ids=RUNS.keys())
def test_a_task_ends_as_if_its_engine_had_not_been_killed(
    die: Die, two_tries: Beginning, points: tuple[str, ...]
) -> None:
    story = two_tries.again()
    for point in points:
        die(story, "run", point)
    assert go_on(story) == []


def test_a_question_is_open_once_however_often_its_engine_is_killed(
    die: Die, unasked: Beginning
) -> None:
    story = unasked.again()
    for point in ASKING:
        die(story, "run", point)
    assert go_on(story) == []
    assert story.approvals == 1
    assert story.ledger.read_text() == "paid\n"


@pytest.mark.parametrize("point", ANSWERING)
def test_an_answer_takes_effect_once_after_a_kill(die: Die, asked: Beginning, point: str) -> None:
    story = asked.again()
    die(story, "approve", point)
    story.approvals = 1
    assert go_on(story) == []
    assert story.approvals == 1
    assert story.ledger.read_text() == "paid\n"


@pytest.mark.parametrize("points", USES.values(), ids=USES.keys())
def test_an_approval_is_never_used_twice(
    die: Die, asked: Beginning, points: tuple[str, ...]
) -> None:
    """Killed between an approval's use and its effect, the engine asks again."""
    story = asked.again()
    story.approve_all_now()
    for point in points:
        die(story, "run", point)
    assert go_on(story) == []
