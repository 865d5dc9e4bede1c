"""The cockpit through a real pty, beside Textual apps in the same run.

First frame and settled view (medians of interleaved runs) beside a minimal app and a mock of the
same widgets; bytes and CPU at rest; key to repaint at rest and while ten agents stream, beside that
mock with the same stream; resident memory; with `--beside PROGRAM` also another Textual program.
Goals in time and CPU hold for the machine they were set on: `machine` says how much longer this one
takes to the first frame of the minimal app, and they are stretched by it, never shortened.
Prints one JSON document. Run: python -m benchmarks cockpit [--beside PROGRAM]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from aio_tui.demo.opening import set_up
from benchmarks.terminal import (
    OURS,
    TEXTUALS,
    Cursor,
    Terminal,
    percentiles,
    program,
    started,
    waits_for_cursor,
    waits_for_frame,
)

Figures = dict[str, float]
_REST_S, _STREAM_S = 10.0, 4.0
_ROUNDS = 2
"""Of ours and the mock in turn, whose keys are taken together."""
MINIMAL_S = 0.23
"""First frame of the minimal app on the machine that the goals were set with."""
GOALS = {
    "first_frame_over_mock": 1.2,
    "first_frame_over_other": 0.5,
    "idle_bytes_per_s": 0.0,
    "idle_cpu_percent": 0.3,
    "idle_key_p95_ms": 12.0,
    "key_p95_ms_at_200_per_s": 35.0,
    "key_p95_ms_at_1000_per_s": 50.0,
    "kb_per_s_at_200_per_s": 60.0,
    "cpu_percent_at_200_per_s": 8.0,
    "bytes_per_s_on_a_line_of_8k": 8_200.0,
}
"""At most so much."""


def machine_of(minimal_s: float) -> float:
    """How many times slower this machine is than that of the goals; 1 for a faster one."""
    return max(minimal_s / MINIMAL_S, 1.0)


def goals_here(machine: float) -> Figures:
    """Time and CPU stretched; shares and bytes are the same everywhere."""
    is_of_machine = {name for name in GOALS if "_ms" in name or "cpu" in name}
    return {name: goal * machine if name in is_of_machine else goal for name, goal in GOALS.items()}


def first_frames(runs: int, other: Sequence[str]) -> Figures:
    """Median seconds to the first frame: a minimal app, a mock of the same widgets, the cockpit on
    a face without an engine, `aio-tui` itself on a repository with a queue; of the latter two also
    to the first view of what was read. With `other`, how long it and `aio-tui` take to the first
    400 characters.
    """
    seen: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        seen.setdefault(name, []).append(seconds)

    for _ in range(runs):
        with program("minimal") as terminal:
            note("minimal_s", terminal.read_until(b"state"))
        with program("mock") as terminal:
            note("mock_s", terminal.read_until(b"task-9"))
        with program("cockpit") as terminal:
            note("cockpit_s", terminal.read_until(b"reading"))
            note("cockpit_settled_s", terminal.read_until(b"write-hosts"))
        with program("program") as terminal:
            note("whole_program_s", terminal.read_until(b"reading"))
            note("whole_program_viewed_s", terminal.read_until(b"for you"))
        if other:
            with started(other) as terminal:
                note("other_painted_s", terminal.read_until_painted())
            with program("program") as terminal:
                note("whole_program_painted_s", terminal.read_until_painted())
    return {name: statistics.median(times) for name, times in seen.items()}


def at_rest(presses: int) -> Figures:
    """Bytes and CPU over 10 s of doing nothing; then keys, and memory."""
    with program("cockpit") as terminal:
        terminal.read_until(b"write-hosts")
        terminal.drain(1.0)
        rates = terminal.rates(_REST_S)
        os.write(terminal.fd, b"2")
        terminal.drain(1.0)
        waits = waits_for_cursor(terminal, OURS, presses)
        return rates | percentiles(waits) | {"resident_mb": terminal.resident_mb()}


def mock_at_rest(presses: int) -> Figures:
    """Keys of the mock."""
    with program("mock") as terminal:
        terminal.read_until(b"task-9")
        terminal.drain(1.0)
        return percentiles(waits_for_cursor(terminal, TEXTUALS, presses))


def other_at_rest(
    opened: AbstractContextManager[Terminal], presses: int, keys: Sequence[bytes]
) -> Figures:
    """Bytes, CPU, memory, and how long `keys`, each of which shows something, take to the next
    update: of a program of which nothing else is known.
    """
    with opened as terminal:
        terminal.read_until_painted()
        terminal.drain(4.0)
        rates = terminal.rates(_REST_S)
        waits = waits_for_frame(terminal, keys, presses)
        return rates | percentiles(waits) | {"resident_mb": terminal.resident_mb()}


def under_stream(presses: int, per_second: int) -> dict[str, Figures]:
    """Ours and the mock in turn while ten agents say so much a second in all; and what it costs to
    make up what they say, which is part of both.
    """
    os.environ["BENCH_EACH_PER_S"] = str(per_second // 10)
    try:
        rounds = [
            (_one_stream("stream", b"agent-00", OURS, presses // _ROUNDS),
             _one_stream("mock", b"task-9", TEXTUALS, presses // _ROUNDS // 2))
            for _ in range(_ROUNDS)
        ]  # fmt: skip
        ours, mock = zip(*rounds, strict=True)
        producer = _producer()
    finally:
        del os.environ["BENCH_EACH_PER_S"]
    return {"ours": _joined(ours), "mock": _joined(mock), "producer": producer}


def _one_stream(
    name: str, mark: bytes, cursor: Cursor, presses: int
) -> tuple[Figures, list[float]]:
    with program(name) as terminal:
        terminal.read_until(mark)
        os.write(terminal.fd, b"2" if cursor is OURS else b"")  # what is said is in sight
        terminal.drain(2.0)
        rates = terminal.rates(_STREAM_S)
        waits = waits_for_cursor(terminal, cursor, presses)
        return rates | {"resident_mb": terminal.resident_mb()}, waits


def _joined(rounds: Iterable[tuple[Figures, list[float]]]) -> Figures:
    figures, waits = zip(*rounds, strict=True)
    means = {name: statistics.mean(each[name] for each in figures) for name in figures[0]}
    return means | percentiles([wait for some in waits for wait in some])


def _producer() -> Figures:
    with program("producer") as terminal:
        terminal.read_until(b"begun")
        return terminal.rates(_STREAM_S)


def on_a_thin_line(bytes_a_second: int) -> Figures:
    """What is sent while ten agents say 200 things a second and so much is allowed."""
    allowed = {"BENCH_EACH_PER_S": "20", "BENCH_BANDWIDTH": str(bytes_a_second)}
    with program("stream", **allowed) as terminal:
        terminal.read_until(b"agent-00")
        os.write(terminal.fd, b"2")
        terminal.drain(3.0)
        return terminal.rates(_REST_S)


def measured(runs: int, presses: int, other: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Everything, by what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_REPO"] = folder
        asyncio.run(set_up(Path(folder)))
        found: dict[str, dict[str, Any]] = {"first_frame": first_frames(runs, other)}
        if other:
            home = {"HOME": folder}  # its own is none of ours
            found["other_idle"] = other_at_rest(started(other, **home), presses, (b"a", b"\x7f"))
            found["whole_program_idle"] = other_at_rest(program("program"), presses, (b"j", b"k"))
    found["idle"] = at_rest(presses)
    found["mock_idle"] = mock_at_rest(presses)
    for per_second in (200, 1000):
        found[f"stream_{per_second}_per_s"] = under_stream(presses, per_second)
    found["thin_line_of_8k"] = on_a_thin_line(8_000)
    return found


def reached(found: dict[str, dict[str, Any]]) -> Figures:
    """What was measured of each goal."""
    frames, idle = found["first_frame"], found["idle"]
    few, many = (found[f"stream_{rate}_per_s"]["ours"] for rate in (200, 1000))
    of_goals = {
        "first_frame_over_mock": frames["cockpit_s"] / frames["mock_s"],
        "idle_bytes_per_s": idle["bytes_per_s"],
        "idle_cpu_percent": idle["cpu_percent"],
        "idle_key_p95_ms": idle["key_p95_ms"],
        "key_p95_ms_at_200_per_s": few["key_p95_ms"],
        "key_p95_ms_at_1000_per_s": many["key_p95_ms"],
        "kb_per_s_at_200_per_s": few["bytes_per_s"] / 1000,
        "cpu_percent_at_200_per_s": few["cpu_percent"],
        "bytes_per_s_on_a_line_of_8k": found["thin_line_of_8k"]["bytes_per_s"],
    }
    if "other_painted_s" in frames:
        ours, other = frames["whole_program_painted_s"], frames["other_painted_s"]
        of_goals["first_frame_over_other"] = ours / other
    return of_goals


def main(words: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--presses", type=int, default=100)
    parser.add_argument("--beside", type=shlex.split, default=[], metavar="PROGRAM")
    options = parser.parse_args(words)
    found = measured(options.runs, options.presses, options.beside)
    machine = machine_of(found["first_frame"]["minimal_s"])
    of_goals = reached(found)
    judged = {
        name: {"reached": value, "goal": GOALS[name], "goal_here": goals_here(machine)[name]}
        for name, value in of_goals.items()
    }
    missed = [name for name, each in judged.items() if each["reached"] > each["goal_here"]]
    report = {**found, "machine": machine, "goals": judged, "missed": missed}
    rounded = json.loads(json.dumps(report), parse_float=lambda text: round(float(text), 3))
    print(json.dumps(rounded, indent=2))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
