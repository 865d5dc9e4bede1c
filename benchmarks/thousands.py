"""Whether the engine's memory stays flat over thousands of tasks: `python -m benchmarks thousands`.

`aio-tui run --headless` works through 2,000 small tasks on a real repository, ten at once: each
mends one line, the check (a shell that says in TAP which lines are mended) takes milliseconds, and
all of it is merged. Worktrees, commits, session files, journal, decisions, proofs and merges are
real. Every second the engine's resident memory is read. Prints one JSON document; the memory at the
end is compared with that after a quarter of the same run. `--tasks N` for another number.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.night import aio_tui
from benchmarks.terminal import ROOT
from tests.support.repos import make_repo

TASKS, PARALLEL, EVERY_S = 2_000, 10, 1.0
_NEAR = 9
_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
_SIGNAL = "<promise>BUGFIX_COMPLETE</promise>"
_FILES = 50
_CHECK = """cat notes/*.txt | awk '
  /^t/ { n++; if ($2 != "green") { red = 1; printf "not " } print "ok " n " - " $1 }
  END { print "1.." n; exit red }'
"""
_CONFIG = f"""
[project]
name = "thousands"
backend = "scripted"
parallel = {PARALLEL}

[[checks]]
name = "tap"
kind = "command"
command = ["sh", "check.sh"]
format = "tap"

[merge]
policy = "auto"
undo_window_s = 0

[scripted]
script = ".aibrain/script.json"
"""


def make_thousands(repo: Path, tasks: int) -> None:
    """A repository with a defect for each task, its queue and the agents."""
    names = [f"t{number:05}" for number in range(tasks)]
    made = {_file_of(name): "" for name in names}
    for name in names:
        made[_file_of(name)] += f"{name} red\n" + "nothing here\n" * 5
    make_repo(repo, {**made, "check.sh": _CHECK, ".gitignore": "__pycache__/\n"})
    brain = repo / ".aibrain"
    brain.mkdir()
    (brain / "aio.toml").write_text(_CONFIG, encoding="utf-8")
    script = {"version": 1, "tasks": {name: _script(name) for name in names}}
    (brain / "script.json").write_text(json.dumps(script), encoding="utf-8")
    queue = [{"id": name, "description": f"Mend {name}", "type": "bugfix"} for name in names]
    text = json.dumps({"project": "thousands", "tasks": queue})
    (brain / "queue.json").write_text(text, encoding="utf-8")


def _file_of(name: str) -> str:
    return f"notes/{int(name[1:]) % _FILES:02}.txt"


def _script(name: str) -> dict[str, object]:
    mended = {"path": _file_of(name), "old_str": f"{name} red", "new_str": f"{name} green"}
    return {"iterations": [{"steps": [{"str_replace": mended}, {"say": f"Done. {_SIGNAL}"}]}]}


def resident_mb(pid: int) -> float:
    status = (Path("/proc") / str(pid) / "status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if "VmRSS" in line)


def counted(database: Path) -> tuple[int, int]:
    """Tasks that are proved, and of them those that are merged."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as read:
        states = dict(
            read.execute(
                "SELECT coalesce(merge_state, ''), count(*) FROM work_items"
                " WHERE state IN ('passed', 'merging', 'completed') GROUP BY 1"
            ).fetchall()
        )
    return sum(states.values()), states.get("merged", 0)


def run(folder: Path, tasks: int) -> dict[str, object]:
    repo = folder / "thousands"
    make_thousands(repo, tasks)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    queue = str(repo / ".aibrain" / "queue.json")
    subprocess.run(aio_tui(repo, "task", "import", queue), env=environment, check=True)
    database, samples = repo / ".aibrain" / "state" / "work.db", list[tuple[int, int, float]]()
    command = aio_tui(repo, "run", "--headless", "--parallel", str(PARALLEL), "--json")
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        engine = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        while engine.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                engine.wait(EVERY_S)
            with suppress(OSError, StopIteration, sqlite3.Error):
                samples.append((*counted(database), resident_mb(engine.pid)))
                if len(samples) % 20 == 0:
                    print(json.dumps(samples[-1]), file=sys.stderr, flush=True)
    proved, merged = counted(database)
    return {
        "tasks": tasks,
        "proved": proved,
        "merged": merged,
        "exit code": engine.returncode,
        "seconds": round(len(samples) * EVERY_S),
        **told(samples),
        "said on stderr": (folder / "err").read_text()[-500:],
    }


def told(samples: list[tuple[int, int, float]]) -> dict[str, object]:
    """Memory by how much of what was proved in the end was proved by then: each is the median of
    the samples next to it.
    """
    resident = {f"{share:.0%}": around(samples, share) for share in _SHARES}
    return {
        "resident MB when so much was proved": resident,
        "most MB": max(mb for _, _, mb in samples),
        "ratio of the end to a quarter": round(resident["100%"] / resident["25%"], 2),
    }


def around(samples: list[tuple[int, int, float]], share: float) -> float:
    wanted = share * samples[-1][0]
    near = sorted(samples, key=lambda sample: abs(sample[0] - wanted))[:_NEAR]
    return round(statistics.median(mb for _, _, mb in near), 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=TASKS)
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(Path(folder), options.tasks), indent=2))


if __name__ == "__main__":
    main()
