"""What a durable decision costs against a raw append with fsync, and 10,000 under kill -9."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import percentile, timed
from engine.audit.decision_log import DecisionLog
from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind

ROUNDS = 400
WRITES = 10_000
_DECISION = Decision(
    at=datetime(2026, 1, 5, 22, 0, tzinfo=UTC),
    kind=DecisionKind.ROUTING,
    task_id="fix-1",
    repo="shop",
    decision="route",
    value="BugFix to scripted",
    confidence=1.0,
    severity=Severity.LOW,
    approver="engine",
    reason="the configured backend",
)
_WRITER = """
import os, sys
from pathlib import Path
from dataclasses import replace
from benchmarks.decisions import _DECISION
from engine.audit.decision_log import DecisionLog

log = DecisionLog(Path(sys.argv[1]), witness=Path(sys.argv[2]))
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    log.record(replace(_DECISION, task_id=f"fix-{number % 20}", value=str(number)))
    os.write(1, b"%d\\n" % number)
"""


def _raw(path: Path, line: bytes) -> float:
    """Milliseconds of one append and fsync, the file opened for it."""

    def append() -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, line)
        os.fsync(descriptor)
        os.close(descriptor)

    return timed(append)


def _cost(folder: Path) -> None:
    log = DecisionLog(folder / "log", witness=folder / "own")
    plain, guarded = _DECISION, replace(_DECISION, kind=DecisionKind.GUARDRAIL)
    for one in (plain, guarded):
        log.record(one)
    line = (folder / "log" / "fix-1.jsonl").read_bytes().splitlines(keepends=True)[0]
    raw, one_line, two_lines = [], [], []
    for _ in range(ROUNDS):
        raw.append(_raw(folder / "raw", line))
        one_line.append(timed(lambda: log.record(plain)))
        two_lines.append(timed(lambda: log.record(guarded)))
    floor = statistics.median(raw)
    for name, times in (("raw", raw), ("decision", one_line), ("with a copy", two_lines)):
        median = statistics.median(times)
        print(
            f"{name:<12} median {median:6.3f} ms  p95 {percentile(times, 0.95):6.3f} ms"
            f"  {median / floor:5.2f}x raw"
        )


def _kills(folder: Path, kills: int = 20) -> None:
    """Write in a process that is killed again and again; nothing it told of may be missing."""
    begun, told = 0, set[str]()
    while begun < WRITES:
        arguments = [str(folder / "log"), str(folder / "own"), str(begun), str(WRITES)]
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, *arguments], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        for line in writer.stdout:
            told.add(line.decode().strip())
            if len(told) >= begun + WRITES // kills and writer.poll() is None:
                writer.send_signal(signal.SIGKILL)
        writer.wait()
        begun = max(map(int, told)) + 1
    log = DecisionLog(folder / "log", witness=folder / "own")
    found = {one.value for one in log.read_all()[0] if one.kind is DecisionKind.ROUTING}
    print(
        f"{len(told)} writes, {kills} times kill -9: {len(told - found)} lost,"
        f" {len(log.verify())} faults"
    )


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder:
        _cost(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _kills(Path(folder))
