"""Twenty times the operator's SSH connection is cut at a random moment of one run.

A real server on the loopback interface, a real client in a terminal, killed with `kill -9`. After
each cut the operator comes back; what his screen shows is compared with the records.
Run: python -m benchmarks ssh
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.acceptance.program import site
from tests.support.cuts import lose_connections, random_moments
from tests.support.engines import cure, say
from tests.support.ssh import ssh_server

CUTS, SEED = 20, 2026
TALK = " ".join(f"word{number}" for number in range(300))
SLOWLY = [{"request": number, "delta_pause_s": 0.05} for number in range(1, 40)]


def main() -> None:
    tasks = {name: [[say(TALK), cure(name), say(TALK)]] for name in ("add", "most")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with site(folder, tasks, faults=SLOWLY) as here, ssh_server(folder / "ssh") as server:
            here.add(*tasks)
            began = time.perf_counter()
            lies = lose_connections(here, server, random_moments(CUTS, SEED))
            took_s = time.perf_counter() - began
            ends = {name: here.task(name) for name in tasks}
    complete = sum(
        task["state"] == "completed" and len(task["checkpoints"]) == 1 for task in ends.values()
    )
    print(f"{CUTS} cuts in {took_s:.0f} s; untrue screens: {len(lies)}")
    print(f"tasks completed in exactly one iteration: {complete} of {len(ends)}")
    for lie in lies:
        print(f"  {lie}")
