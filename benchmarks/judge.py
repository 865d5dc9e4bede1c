"""How long the guardrails take for one command: `python -m benchmarks.judge`.

The peer in the same run is the bare parse of the same commands by tree-sitter.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from engine.domain.action import Action, ActionKind
from engine.domain.work import AgentRole
from engine.governance.contract import Contract
from engine.governance.judge import judge
from engine.governance.shell_tree import parse

LISTS = Path(__file__).parent.parent / "tests" / "unit" / "governance"
ROUNDS = 5


def commands() -> list[str]:
    lines = [
        line
        for name in ("harmful.txt", "harmless.txt")
        for line in (LISTS / name).read_text(encoding="utf-8").splitlines()
    ]
    return [line.replace("⏎", "\n") for line in lines if line and not line.startswith("#")]


def milliseconds(
    work: Callable[[str], object], clock: Callable[[], float] = perf_counter
) -> list[float]:
    taken = []
    for _ in range(ROUNDS):
        for command in commands():
            begun = clock()
            work(command)
            taken.append((clock() - begun) * 1000)
    return sorted(taken)


def main() -> None:
    contract = Contract(role=AgentRole.BUG_FIX)
    with tempfile.TemporaryDirectory() as folder:
        worktree = Path(folder)
        begun = perf_counter()
        judge(
            Action(kind=ActionKind.RUN_COMMAND, target="ls"), contract=contract, worktree=worktree
        )
        first = (perf_counter() - begun) * 1000
        parsed = milliseconds(parse)

        def judged_once(command: str) -> object:
            action = Action(kind=ActionKind.RUN_COMMAND, target=command)
            return judge(action, contract=contract, worktree=worktree)

        judged = milliseconds(judged_once)
        busy = milliseconds(judged_once, process_time)
    median, bare = statistics.median(judged), statistics.median(parsed)
    print(f"commands {len(judged) // ROUNDS}, first judgement {first:.1f} ms (loads the grammar)")
    print(f"judge: median {median:.3f} ms, 95 % {judged[int(len(judged) * 0.95)]:.3f} ms, ")
    print(
        f"       of the processor: median {statistics.median(busy):.3f} ms, "
        f"95 % {busy[int(len(busy) * 0.95)]:.3f} ms"
    )
    print(f"       worst {judged[-1]:.3f} ms; median is {median / bare:.1f}x the bare parse")


if __name__ == "__main__":
    main()
