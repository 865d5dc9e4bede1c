"""What the programs of agents and the checks of their work may see, for one repository."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

import engine
from engine.checks.environment import find_python
from engine.checks.node.packages import find_packages
from engine.domain.containment import Containment, Holder
from engine.domain.settings import Settings
from engine.ports.process import CommandRunner
from engine.ports.workspace import Worktree
from engine.sandbox.bubblewrap import View
from engine.sandbox.confinement import (
    ConfinedRunner,
    Walls,
    environment_folders,
    find_walls,
    program_folders,
)
from engine.workspace.git import GitWorkspace

_FRESH_S = 30.0
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/opt", "/nix")


class Confinement:
    """Runners with walls, made of one bare runner. What works is found at the first use."""

    def __init__(
        self, settings: Settings, runner: CommandRunner, *, scratch: Path, private: Path
    ) -> None:
        self._settings = settings
        self._runner = runner
        self._scratch = scratch
        self._private = private
        self._walls: Walls | None = None
        self._finding = Lock()
        self._readable: tuple[Path, ...] = ()
        self._looked_at_s = -_FRESH_S
        self.checks = self._held(self._view_of_checks)
        """Runs checks in checkouts."""

    def around(self, runner: CommandRunner) -> Confinement:
        """The same for programs that another runner starts."""
        return Confinement(self._settings, runner, scratch=self._scratch, private=self._private)

    async def containment(self) -> Containment:
        """What holds here.

        Raises:
            GuardrailError: less than the configuration asks for.
        """
        return (await asyncio.to_thread(self.walls)).containment

    def walls(self) -> Walls:
        """As `containment`, blocking, with all there is to know."""
        with self._finding:  # many checks begin at once
            if self._walls is None:
                self._walls = find_walls(self._settings.sandbox)
            return self._walls

    async def for_agent(
        self,
        worktree: Worktree,
        workspace: GitWorkspace,
        hosts: Callable[[], Sequence[str]] = tuple,
    ) -> CommandRunner:
        """Runs what the agent of a task wants, with a git directory of its own; `hosts`: those
        that it may reach at that moment.

        Raises:
            GuardrailError: less holds than the configuration asks for.
            WorkspaceError: git refuses.
        """
        holder = (await self.containment()).holder
        if holder is Holder.NOTHING:
            return self._runner
        if holder is Holder.LANDLOCK:
            return self._held(lambda _: self._with_shared_git(worktree.path.resolve()))
        mounted = await workspace.private_git(worktree)
        tree = worktree.path.resolve()
        return self._held(lambda _: self._view(writable=(tree,), mounted=(mounted,)), hosts)

    def _with_shared_git(self, tree: Path) -> View:
        """Landlock puts nothing in another's place: the shared git is there, to be read."""
        view = self._view(writable=(tree,))
        said = (tree / ".git").read_text("utf-8").removeprefix("gitdir:").strip()
        return replace(view, readable=(*view.readable, Path(said).resolve().parents[1]))

    def for_trial(self, folder: Path) -> CommandRunner:
        """Runs programs held as an agent's in `folder`, without any git."""
        return self._held(lambda _: self._view(writable=(folder.resolve(),)))

    def shown_in(self, folder: Path) -> list[str]:
        """Names in `folder` that are there for a held program, because programs live below them."""
        self._view(writable=())
        shown = (*self._readable, self._settings.state)
        found = (one for path in shown for one in (path, path.resolve()))
        below = (one.relative_to(folder) for one in found if one.is_relative_to(folder))
        return sorted({one.parts[0] for one in below if one.parts})

    def _held(
        self, view: Callable[[Path], View], hosts: Callable[[], Sequence[str]] = tuple
    ) -> CommandRunner:
        return ConfinedRunner(self._runner, self.walls, view, hosts)

    def _view_of_checks(self, cwd: Path) -> View:
        worktrees = (self._settings.state / "worktrees").resolve()
        where = cwd.resolve()
        if not where.is_relative_to(worktrees) or where == worktrees:
            return self._view(writable=(self._scratch,))
        tree = worktrees / where.relative_to(worktrees).parts[0]
        return self._view(writable=(tree, self._scratch))

    def _view(
        self, *, writable: tuple[Path, ...], mounted: tuple[tuple[Path, Path], ...] = ()
    ) -> View:
        if time.monotonic() - self._looked_at_s > _FRESH_S:
            self._readable = tuple(dict.fromkeys(filter(self._is_harmless, self._installed())))
            self._looked_at_s = time.monotonic()
        return View(
            readable=self._readable, writable=writable, mounted=mounted, hidden=self._hidden()
        )

    def _hidden(self) -> tuple[Path, ...]:
        """The operator's own: whatever else is shown may lie in there, and nothing around it."""
        folders = {_home(), self._private, self._settings.repo}
        shown = {one for one in folders if one and not _is_system(one)}
        return tuple(one for one in sorted(shown) if shown.isdisjoint(one.parents))

    def _is_harmless(self, folder: Path) -> bool:
        own = (*self._hidden(), self._settings.state, self._private)
        return folder.exists() and not any(one.is_relative_to(folder) for one in own)

    def _installed(self) -> Iterator[Path]:
        repo = self._settings.repo
        for name in os.environ.get("PATH", os.defpath).split(os.pathsep):
            if name and not _is_system(Path(name)):
                yield Path(name)
        yield from map(Path, (sys.prefix, sys.base_prefix))
        yield Path(engine.__file__).parent
        for check in (None, *(one.kind for one in self._settings.checks)):
            python = find_python(self._settings, repo, tool=check or "pytest")
            yield from environment_folders(python)
        yield from program_folders("node")
        yield from (repo / package.folder / "node_modules" for package in find_packages(repo))


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return None


def _is_system(folder: Path) -> bool:
    return folder == Path("/") or any(folder.is_relative_to(one) for one in _SYSTEM)
