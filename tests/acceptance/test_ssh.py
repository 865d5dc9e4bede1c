"""The operator is at the far end of an SSH connection that breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import site
from tests.support.cuts import lose_connections
from tests.support.engines import cure, say
from tests.support.ssh import ssh_server

pytestmark = pytest.mark.slow

TALK = " ".join(f"word{number}" for number in range(60))
SLOWLY = [{"request": number, "delta_pause_s": 0.05} for number in range(1, 8)]


def test_a_run_outlives_every_connection_and_each_return_shows_the_truth(tmp_path: Path) -> None:
    """The long form, twenty cuts at random moments, is the benchmark `ssh`."""
    tasks = {name: [[say(TALK), cure(name), say()]] for name in ("add",)}
    with site(tmp_path, tasks, faults=SLOWLY) as here, ssh_server(tmp_path / "ssh") as server:
        here.add(*tasks)
        assert lose_connections(here, server, [0.3, 0.0]) == []
        for name in tasks:
            task = here.task(name)
            assert (task["state"], len(task["checkpoints"])) == ("completed", 1)
