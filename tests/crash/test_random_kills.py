"""The program, with the real SDK, is killed at random moments until its queue is done."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.crash import Job, model_server, problems, write_story

KILLS = 6


@pytest.mark.slow
def test_nothing_is_lost_however_often_the_program_is_killed(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10_000)
    moments = random.Random(seed)  # noqa: S311  it has to be repeatable
    jobs = [Job(name=f"T-{number}", iterations=1 + number % 2) for number in range(4)]
    story = write_story(tmp_path, *jobs, backend="anthropic")
    with model_server(story):
        for _ in range(KILLS):
            story.run_killed_after(moments.uniform(0.1, 2.5))
        code = story.run_to_the_end()
    assert (code, problems(story, acknowledged=story.told())) == (0, []), f"seed {seed}"
