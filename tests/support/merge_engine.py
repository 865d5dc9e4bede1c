"""An engine whose Ralph answers at once, for tests of what merging does with the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from engine.app.configuration import load_settings
from engine.app.engine import Engine
from engine.app.lock import EngineLock
from engine.app.parts import Parts, build_parts
from engine.app.system import SystemClock
from engine.domain.verdict import Reason, Verdict, VerdictKind
from engine.loop.verification import Verifier
from engine.store.sqlite import SqliteStore
from tests.support.repos import git


def green(base: str, head: str) -> VerdictKind:
    """Everything passes."""
    return VerdictKind.PASS


def combination(repo: Path) -> Callable[[str, str], VerdictKind]:
    """What the tests of `tests.support.merges.RENAMED` and `CALLER` would say: each passes, but not
    both together. And what adds a module `alarm` is red as soon as it has landed.
    """

    def answer(base: str, head: str) -> VerdictKind:
        files = git(repo, "ls-tree", "-r", "--name-only", head).split()
        is_renamed = "unit" in git(repo, "show", f"{head}:sums/rate.py")
        is_red = is_renamed and "sums/caller.py" in files
        has_landed = git(repo, "rev-parse", "main").strip() == head
        is_red = is_red or (has_landed and "sums/alarm.py" in files)
        return VerdictKind.FAIL if is_red else VerdictKind.PASS

    return answer


class QuickProver:
    """Judges by a function of base and head."""

    def __init__(self, answer: Callable[[str, str], VerdictKind] = green) -> None:
        self._answer = answer
        self.asked: list[tuple[str, str]] = []

    async def verify(self, base: str, head: str, **_: Any) -> Verdict:
        self.asked.append((base, head))
        kind = self._answer(base, head)
        reason = Reason(rule="new-failure", message="a test fails")
        return Verdict(
            kind=kind,
            reasons=() if kind is VerdictKind.PASS else (reason,),
            checks=(),
            tree_hash=head,
            base_commit=base,
            next_step="" if kind is VerdictKind.PASS else "look at it",
        )


@asynccontextmanager
async def quick_engine(
    repo: Path,
    prover: QuickProver | None = None,
    *,
    change: Callable[[Parts], Parts] = lambda parts: parts,
) -> AsyncIterator[Engine]:
    """An engine with this prover; `change` may put other parts into it."""
    settings, clock = load_settings(repo), SystemClock()
    store = await SqliteStore.open(settings.state / "work.db", clock=clock)
    parts = build_parts(settings, store, clock)
    try:
        verifier = cast("Verifier", prover or QuickProver())
        yield Engine(change(replace(parts, verifier=verifier)), EngineLock(settings.state))
    finally:
        parts.close()
        await store.close()
