"""What the sandbox costs: the start of a command in it over the bare one, and a busy command."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from engine.app.confining import Confinement
from engine.domain.settings import Settings
from engine.ports.process import CommandRunner
from engine.sandbox.runner import SubprocessRunner

_ROUNDS = 20
_BUSY = "import hashlib\nfor n in range(300_000): hashlib.sha256(b'x' * 64)"


async def _once_s(runner: CommandRunner, argv: list[str], folder: Path) -> float:
    began_s = time.perf_counter()
    ended = await runner.run(argv, cwd=folder, timeout_s=60)
    assert ended.exit_code == 0, ended
    return time.perf_counter() - began_s


async def measured() -> None:
    with tempfile.TemporaryDirectory() as top:
        settings = Settings(repo=Path(top), project="p")
        tree = settings.state / "worktrees" / "T1"
        tree.mkdir(parents=True)
        bare = SubprocessRunner(settings.state / "home", settings.state / "tmp")
        walls = Confinement(
            settings, bare, scratch=settings.state / "tmp", private=settings.repo / "seals"
        )
        print("holder:", (await walls.containment()).holder)
        for name, argv in (("true", ["true"]), ("busy", [sys.executable, "-c", _BUSY])):
            pairs = [
                (await _once_s(bare, argv, tree), await _once_s(walls.checks, argv, tree))
                for _ in range(_ROUNDS if name == "true" else 5)
            ]
            plain, held = (statistics.median(side) for side in zip(*pairs, strict=True))
            print(
                f"{name}: bare {plain * 1000:.1f} ms, held {held * 1000:.1f} ms, "
                f"{(held - plain) * 1000:+.1f} ms, ratio {held / plain:.2f}"
            )
        bare.close()


def main() -> None:
    asyncio.run(measured())


if __name__ == "__main__":
    main()
