"""From the start of a process, after a `kill -9`, to the next iteration: how long it takes.

Measured from before exec to the time stamp of the fact `iteration_started`. Beside it, in the same
run and alternating: a Python process that only opens the same database and reads the queue.
Run: python -m benchmarks resume
"""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.support.crash import Job, Story, write_story

ROUNDS = 16
RAW = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
print(connection.execute("SELECT count(*) FROM work_items").fetchone())
"""
NEXT = """
SELECT at FROM events WHERE kind = 'iteration_started' AND seq > ? ORDER BY seq LIMIT 1
"""


def database(story: Story) -> Path:
    return story.repo / ".aibrain" / "state" / "work.db"


def headless(story: Story) -> subprocess.Popen[bytes]:
    return story.start()


def with_cockpit(story: Story) -> subprocess.Popen[bytes]:
    """The same behind the cockpit, in a terminal whose output nobody keeps."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "aio_tui.cli.main", "run", "--repo", str(story.repo)],
        env={**os.environ, **story.environment, "TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    threading.Thread(target=drain, args=(ours,), daemon=True).start()
    return process


def drain(terminal: int) -> None:
    """Read until the other side is gone."""
    with contextlib.suppress(OSError):
        while os.read(terminal, 65536):
            pass
    os.close(terminal)


def killed_while_it_works(story: Story, start: Callable[[Story], subprocess.Popen[bytes]]) -> float:
    """Seconds from before exec to the next iteration; the process is killed then."""
    connection = sqlite3.connect(database(story))
    (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    began = datetime.now(UTC)
    process = start(story)
    try:
        while (row := connection.execute(NEXT, (seq,)).fetchone()) is None:
            assert process.poll() is None, story.log.read_text()
            time.sleep(0.005)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        connection.close()
    return (datetime.fromisoformat(row[0]) - began).total_seconds()


def forget_the_deaths(story: Story) -> None:
    """A task whose process keeps dying would rest; that is not what is measured."""
    connection = sqlite3.connect(database(story))
    with connection:
        connection.execute("UPDATE work_items SET interruptions = 0")
    connection.close()


def raw_open_and_read(path: Path) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", RAW, str(path)], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = write_story(Path(folder), Job(name="T-1"))
        story.environment = {"PYTHONDONTWRITEBYTECODE": ""}  # an installed program is compiled
        killed_while_it_works(story, headless)
        resumed, shown, raw = [], [], []
        for _ in range(ROUNDS):
            forget_the_deaths(story)
            raw.append(raw_open_and_read(database(story)))
            resumed.append(killed_while_it_works(story, headless))
            shown.append(killed_while_it_works(story, with_cockpit))
    for name, times in (
        ("Python opens the database and reads", raw),
        ("kill -9, start, next iteration begins", resumed),
        ("the same with the cockpit", shown),
    ):
        median = statistics.median(times)
        ratio = median / statistics.median(raw)
        print(f"  {name:40} p50 {median:.3f} s  worst {max(times):.3f} s  {ratio:.1f}x")


if __name__ == "__main__":
    main()
