"""Running checks in clean checkouts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from engine.domain.transcript import EntryKind
from engine.domain.values import dataclass
from engine.domain.verdict import CheckReport
from engine.loop.scribes import Notes
from engine.ports.checker import Checker
from engine.ports.workspace import Workspace
from engine.ralph.paths import is_check_config, is_run_before_tests, is_test_file

_CODE = (".py", ".pth", ".ini", ".toml", ".cfg", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs")


CheckersIn = Callable[[Path, frozenset[str]], Sequence[Checker]]
"""The checks for a tree; the tests named besides are known to hang and get little time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What a clean checkout holds."""

    commit: str
    base: str = ""
    """Where `restored` come from."""
    restored: tuple[str, ...] = ()
    """Paths that are as they are at `base`, or absent as they are there."""


class CheckRuns:
    """The checks of one repository, and fresh trees for them."""

    def __init__(self, workspace: Workspace, checkers_in: CheckersIn) -> None:
        self._workspace = workspace
        self.checkers_in = checkers_in

    @asynccontextmanager
    async def checkout(self, tree: Tree) -> AsyncIterator[Path]:
        """A folder that holds exactly `tree`, for as long as the block lasts."""
        async with self._workspace.checkout(tree.commit) as folder:
            if tree.restored:
                await self._workspace.restore(folder, tree.base, tree.restored)
            yield folder

    async def run(
        self,
        folder: Path,
        notes: Notes,
        *,
        names: Collection[str] | None = None,
        only: tuple[str, ...] = (),
        hanging: frozenset[str] = frozenset(),
    ) -> list[CheckReport]:
        """Run the checks (of these names; None: all) in `folder`, one after the other. `only`
        leaves out those that cannot be restricted to some tests; tests known to be `hanging` get
        little time.
        """
        reports = []
        for checker in self.checkers_in(folder, hanging):
            is_wanted = names is None or checker.name in names
            if is_wanted and (checker.selects_tests or not only):
                notes.append(EntryKind.ENGINE, _beginning(checker.name, only))
                reports.append(await checker.run(folder, on_output=_hear(notes), only=only))
        return reports

    async def rewritten(self, folder: Path) -> tuple[str, ...]:
        """Test code and check configuration that is no longer what the checkout began with, and
        new files that change how tests are run.
        """
        written = await self._workspace.written_in(folder)
        edited = (path for path in written.edited if path.endswith(_CODE) and _decides(path))
        return *edited, *filter(_is_setup, written.added)


def _decides(path: str) -> bool:
    return is_test_file(path) or is_check_config(path)


def _is_setup(path: str) -> bool:
    """Compiled or generated tests are left alone: the old tests do not depend on them."""
    return path.endswith(_CODE) and (is_check_config(path) or is_run_before_tests(path))


def _beginning(name: str, only: tuple[str, ...]) -> str:
    return f"check {name} runs" + (f" for {len(only)} selected tests" if only else "")


def _hear(notes: Notes) -> Callable[[bytes], None]:
    return lambda chunk: notes.append(EntryKind.CHECK, chunk.decode("utf-8", "replace"))
