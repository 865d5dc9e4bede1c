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

    @property
    def selects_tests(self) -> bool:
        """Whether `only` restricts what it runs; other checkers always run whole."""
        ...

    async def run(
        self,
        tree: Path,
        *,
        on_output: Callable[[bytes], None] | None = None,
        only: tuple[str, ...] = (),
    ) -> CheckReport:
        """Run it in `tree`. A checker that cannot work gives outcome BROKEN or TIMEOUT with its
        explanation, never an exception and never CLEAN.

        Args:
            tree: a checkout; nothing outside of it is judged.
            on_output: hears what the check prints, as it comes.
            only: ids of tests, or files or folders that hold some; empty: everything.
        """
        ...
