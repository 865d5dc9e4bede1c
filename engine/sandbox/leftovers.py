"""Ending what an engine that died left running."""

from __future__ import annotations

from pathlib import Path

from engine.sandbox import processes


def kill_leftovers(marker_root: Path) -> int:
    """Kill the processes that engines of `marker_root` started and did not live to end.

    Processes of an engine that is alive are left alone. Takes a few milliseconds when there are
    none; blocks, so call it from a thread.

    Returns how many processes were killed; 0 on systems without /proc.
    """
    if not processes.is_supported():
        return 0
    root = str(marker_root.resolve())
    return processes.kill_marked(lambda mark: _is_orphaned(mark, root), quiet_rounds=1)


def _is_orphaned(mark: str, root: str) -> bool:
    engine_pid, _, rest = mark.partition(":")
    started, _, rest = rest.partition(":")
    _, _, marked_root = rest.partition(":")
    if marked_root != root or not (engine_pid.isdecimal() and started.isdecimal()):
        return False
    engine = processes.look_up(int(engine_pid))
    return engine is None or engine.started != int(started)
