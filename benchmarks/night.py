"""What a long night leaves behind and whether it gets slower: `python -m benchmarks night`.

`aio-tui run --headless` works on a real repository with ten agents at once, each task a defect of
its own that is mended, verified by pytest and merged; every fifth is tried twice. Meanwhile the
engine's memory, open files, threads, children and what lies on disk are looked at. Prints one JSON
document. The peer of the last tasks are the first ones of the same run. `python -m benchmarks.night
--tasks 250` makes a night of it.
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
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.terminal import ROOT
from tests.support.repos import git, make_repo

TASKS, PARALLEL, EVERY_S = 60, 10, 5.0
_PART = 50
_SIGNAL = "<promise>BUGFIX_COMPLETE</promise>"
_CONFIG = """
[project]
name = "night"
backend = "scripted"
parallel = {parallel}
python = {python}

[[checks]]
name = "pytest"
kind = "pytest"
command = ["--disable-plugin-autoload", "-p", "no:cacheprovider"]
timeout_s = 300

[merge]
policy = "auto"

[scripted]
script = ".aibrain/script.json"
"""


def make_night(repo: Path, tasks: int) -> None:
    """A repository with so many defects, the agents that mend them, and the queue."""
    files = {"night/__init__.py": "", ".gitignore": "__pycache__/\n"}
    files["pyproject.toml"] = '[tool.pytest.ini_options]\npythonpath = ["."]\n'
    for name in _names(tasks):
        files[f"night/{name}.py"] = "def add(a, b):\n    return a - b\n"
        files[f"tests/test_{name}.py"] = (
            f"from night.{name} import add\n\n\ndef test_{name}():\n    assert add(2, 3) == 5\n"
        )
    make_repo(repo, files)
    brain = repo / ".aibrain"
    brain.mkdir()
    config = _CONFIG.format(parallel=PARALLEL, python=json.dumps(sys.executable))
    (brain / "aio.toml").write_text(config, encoding="utf-8")
    script = {
        "version": 1,
        "tasks": {name: _script(name, n) for n, name in enumerate(_names(tasks))},
    }
    (brain / "script.json").write_text(json.dumps(script), encoding="utf-8")
    queue = {
        "project": "night",
        "tasks": [
            {"id": name, "description": f"Mend {name}", "type": "bugfix",
             "tests": [f"tests/test_{name}.py"], "file": f"night/{name}.py"}
            for name in _names(tasks)
        ],
    }  # fmt: skip
    (brain / "queue.json").write_text(json.dumps(queue), encoding="utf-8")


def _names(tasks: int) -> Iterator[str]:
    return (f"fix_{number:03}" for number in range(tasks))


def _script(name: str, number: int) -> dict[str, object]:
    path = f"night/{name}.py"
    talk = {"bash": "seq -f 'looked at line %g of what is there' 200"}
    cure = {"str_replace": {"path": path, "old_str": "a - b", "new_str": "a + b"}}
    miss = {"create": {"path": f"night/{name}_notes.py", "file_text": "'nothing yet'\n"}}
    done = {"say": f"Done. {_SIGNAL}"}
    tries = [[talk, cure, done]] if number % 5 else [[talk, miss, done], [cure, done]]
    return {"iterations": [{"steps": steps} for steps in tries]}


def aio_tui(repo: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "aio_tui.cli.main", *words, "--repo", str(repo)]


class Watcher:
    """Looks at the engine's process and at what it leaves on disk."""

    def __init__(self, pid: int, repo: Path, scratch: Path) -> None:
        self._proc = Path("/proc") / str(pid)
        self._pid = pid
        self._state = repo / ".aibrain" / "state"
        self._repo = repo
        self._scratch = scratch
        self.began = time.monotonic()

    def look(self) -> dict[str, float]:
        status = (self._proc / "status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        times = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return {
            "at_s": round(time.monotonic() - self.began),
            "resident_mb": round(int(fields["VmRSS"].split()[0]) / 1024, 1),
            "threads": int(fields["Threads"]),
            "files": sum(1 for _ in (self._proc / "fd").iterdir()),
            "children": len(self._children()),
            "cpu_s": (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"),
            **self.left(),
        }

    def left(self) -> dict[str, float]:
        """What lies on disk."""
        done, events = _counted(self._state / "work.db")
        return {
            "tasks_done": done,
            "events": events,
            "database_mb": _size_mb(self._state / "work.db"),
            "wal_mb": _size_mb(self._state / "work.db-wal"),
            "transcripts_mb": _size_mb(self._state / "transcripts"),
            "brain_mb": _size_mb(self._repo / ".aibrain"),
            "git_mb": _size_mb(self._repo / ".git"),
            "worktrees": git(self._repo, "worktree", "list").count("\n") - 1,
            "branches": git(self._repo, "branch", "--list", "fix/*").count("\n"),
            "refs": git(self._repo, "for-each-ref").count("\n"),
            "scratch": len(list(self._scratch.glob("aio-tui-*"))),
            "scratch_mb": _size_mb(self._scratch),
        }

    def _children(self) -> list[str]:
        try:
            return (self._proc / "task" / str(self._pid) / "children").read_text().split()
        except OSError:
            return []


def _size_mb(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    total = 0
    for file in files:
        try:
            total += file.lstat().st_size
        except OSError:
            continue  # gone meanwhile
    return round(total / 1e6, 2)


def _counted(database: Path) -> tuple[int, int]:
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (done,) = connection.execute(
            "SELECT count(*) FROM work_items WHERE merge_state = 'merged'"
        ).fetchone()
        (events,) = connection.execute("SELECT max(seq) FROM events").fetchone()
    finally:
        connection.close()
    return done, events


def iterations_s(repo: Path) -> list[float]:
    """How long each iteration took, in their order."""
    connection = sqlite3.connect(repo / ".aibrain" / "state" / "work.db")
    try:
        found = connection.execute(
            "SELECT json_extract(payload, '$.duration_s') FROM events"
            " WHERE kind = 'iteration_finished' ORDER BY seq"
        ).fetchall()
    finally:
        connection.close()
    return [float(took) for (took,) in found]


def merging(repo: Path) -> dict[str, float]:
    """How far merging was behind: of the tasks, how many were merged when the last was proved, and
    how long it took from the proof to the base branch, in medians of an iteration.
    """
    connection = sqlite3.connect(repo / ".aibrain" / "state" / "work.db")
    try:
        found = connection.execute(
            "SELECT task_id, kind, julianday(at) * 86400 FROM events WHERE kind = 'task_merged'"
            " OR (kind = 'task_moved' AND json_extract(payload, '$.trigger') = 'pass') ORDER BY seq"
        ).fetchall()
    finally:
        connection.close()
    proved = {task: at for task, kind, at in found if kind == "task_moved"}
    merged = {task: at for task, kind, at in found if kind == "task_merged"}
    lags = [at - proved[task] for task, at in merged.items()]
    last = max(proved.values())
    return {
        "merged when the last was proved": sum(at <= last for at in merged.values()),
        "from proof to base branch, in iterations": round(
            statistics.median(lags) / statistics.median(iterations_s(repo)), 1
        ),
    }


def rates(samples: list[dict[str, float]]) -> tuple[float, float]:
    """Seconds for each of the first tasks, and for each of the last ones."""
    times: dict[int, float] = {}
    for sample in samples:
        times.setdefault(int(sample["tasks_done"]), sample["at_s"])
    done = sorted(times)
    total = done[-1]
    part = min(_PART, max(total // 3, 1))
    first_at = next(number for number in done if number >= part)
    last_from = max(number for number in done if number <= total - part)
    first = times[first_at] / first_at
    last = (times[total] - times[last_from]) / (total - last_from)
    return round(first, 2), round(last, 2)


def processes_of(scratch: Path) -> int:
    """How many processes are left that know of the run's temporary folder."""
    mark = f"TMPDIR={scratch}".encode()
    found = 0
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += mark in environment.read_bytes()
        except OSError:
            continue
    return found


def run(folder: Path, tasks: int) -> dict[str, object]:
    repo, scratch = folder / "night", folder / "tmp"
    make_night(repo, tasks)
    scratch.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    queue = str(repo / ".aibrain" / "queue.json")
    subprocess.run(aio_tui(repo, "task", "import", queue), env=environment, check=True)
    command = aio_tui(repo, "run", "--headless", "--parallel", str(PARALLEL), "--json")
    samples: list[dict[str, float]] = []
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        engine = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        watcher = Watcher(engine.pid, repo, scratch)
        while engine.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                engine.wait(EVERY_S)
            try:
                samples.append(watcher.look())
                print(json.dumps(samples[-1]), file=sys.stderr, flush=True)
            except (OSError, KeyError, sqlite3.Error):
                continue  # it ends just now, or has not begun
    took = iterations_s(repo)
    part = min(_PART, max(len(took) // 3, 1))
    first_s, last_s = rates(samples)
    quarter = max(len(samples) // 4, 1)
    return {
        "tasks": tasks,
        "parallel": PARALLEL,
        "exit code": engine.returncode,
        "seconds": samples[-1]["at_s"],
        "seconds for a task": {
            "first": first_s,
            "last": last_s,
            "ratio": round(last_s / first_s, 2),
        },
        "iteration, median s": {
            "first": round(statistics.median(took[:part]), 2),
            "last": round(statistics.median(took[-part:]), 2),
        },
        "merging": merging(repo),
        "resident MB": {
            "after a quarter": samples[quarter]["resident_mb"],
            "half-way": samples[len(samples) // 2]["resident_mb"],
            "last": samples[-1]["resident_mb"],
            "most": max(sample["resident_mb"] for sample in samples),
        },
        "most files open": max(sample["files"] for sample in samples),
        "files open at last": samples[-1]["files"],
        "most WAL MB": max(sample["wal_mb"] for sample in samples),
        "left": watcher.left(),
        "processes left": processes_of(scratch),
        "said on stderr": (folder / "err").read_text()[-500:],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=TASKS)
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(Path(folder), options.tasks), indent=2))


if __name__ == "__main__":
    main()
