"""What an iteration's files cost beside the least the system needs for the same durability.

Each pair is measured alternately in one run, so that only the ratios matter.
Run: python -m benchmarks.session_file [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine.audit.decision_log import DecisionLog
from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.session.state import SessionState


@dataclass
class Series:
    """Durations of one way to do it."""

    name: str
    act: Callable[[], None]
    seconds: list[float] = field(default_factory=list)

    def run(self) -> None:
        begun = time.perf_counter()
        self.act()
        self.seconds.append(time.perf_counter() - begun)

    def quantile_ms(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def raw_atomic(folder: Path, content: bytes, *, sync_folder: bool) -> Callable[[], None]:
    """Temporary file, fsync, rename; then the folder, if asked for."""
    counter = iter(range(10**9))

    def act() -> None:
        target = f"{folder}/raw-{next(counter)}.md"
        descriptor = os.open(target + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, content)
        os.fsync(descriptor)
        os.close(descriptor)
        os.rename(target + ".tmp", target)  # noqa: PTH104  the least the system needs
        if sync_folder:
            place = os.open(folder, os.O_RDONLY)
            os.fsync(place)
            os.close(place)

    return act


def raw_append(path: Path, line: bytes) -> Callable[[], None]:
    """Open, append, fsync, close: what other processes can write to as well."""

    def act() -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, line)
        os.fsync(descriptor)
        os.close(descriptor)

    return act


def session_saves(folder: Path) -> tuple[Callable[[], None], bytes]:
    """A save of about 4 KB of fresh content, and the text of one such file."""
    state = SessionState("bench-1", "bench", folder=folder)
    state.update(
        objective="Prices are rounded up; they must be rounded half to even.",
        next_steps=["Look at the rounding in `price.py`.", "Add the case of a half cent."],
        branch="fix/bench-1",
        commit="a" * 40,
        context_window=200_000,
    )
    words = "The rounding is done twice: once per line and once per sum.\n" * 53
    count = iter(range(10**9))

    def act() -> None:
        number = next(count)
        state.update(
            iteration_count=number,
            tokens_used=number * 1000,
            verdict=f"FAIL\n- target-test-red: tests/test_price.py::test_half_{number}",
            last_output=f"{number}: {words}",
        )
        state.save()

    act()
    return act, (folder / "session-bench-1-1.md").read_bytes()


def decision_of(number: int) -> Decision:
    return Decision(
        at=datetime(2026, 1, 5, 22, 0, tzinfo=UTC),
        kind=DecisionKind.ROUTING,
        task_id="bench-1",
        repo="bench",
        decision="run",
        value=f"backend scripted, iteration {number}",
        confidence=1.0,
        severity=Severity.LOW,
        approver="engine",
        reason="the configured default",
    )


def measure(title: str, rounds: int, *series: Series) -> None:
    for _ in range(rounds):
        for one in series:
            one.run()
    peer = statistics.median(series[0].seconds)
    print(title)
    for one in series:
        ratio = statistics.median(one.seconds) / peer
        print(
            f"  {one.name:44} p50 {one.quantile_ms(0.5):.3f} ms"
            f"  p99 {one.quantile_ms(0.99):.3f} ms  {ratio:.2f}x"
        )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        for part in ("raw", "synced"):
            (folder / part).mkdir()
        save, text = session_saves(folder / "session")
        measure(
            f"session file of {len(text)} bytes",
            rounds,
            Series("raw tmp + fsync + rename", raw_atomic(folder / "raw", text, sync_folder=False)),
            Series("SessionState.update + save", save),
            Series(
                "raw tmp + fsync + rename + folder fsync",
                raw_atomic(folder / "synced", text, sync_folder=True),
            ),
        )
        log = DecisionLog(folder / "decisions")
        log.record(decision_of(0))
        line = (folder / "decisions" / "bench-1.jsonl").read_bytes()
        numbers = iter(range(1, 10**9))
        measure(
            f"decision line of {len(line)} bytes",
            rounds,
            Series("raw open + append + fsync + close", raw_append(folder / "raw.jsonl", line)),
            Series("DecisionLog.record", lambda: log.record(decision_of(next(numbers)))),
        )


if __name__ == "__main__":
    main()
