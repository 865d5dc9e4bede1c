"""One check in one tree gives one report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from engine.domain.verdict import CheckReport


class Checker(Protocol):
    """A check of the target's own ecosystem, run by the engine itself."""

    @property
    def name(self) -> str: ...

    async def run(
        self, tree: Path, *, on_output: Callable[[bytes], None] | None = None
    ) -> CheckReport:
        """Run it in `tree`. A checker that cannot work gives outcome BROKEN or TIMEOUT with its
        explanation, never an exception and never CLEAN.
        """
        ...
