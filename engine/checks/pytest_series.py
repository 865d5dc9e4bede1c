"""As many runs of pytest as it takes to have an account of every test."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.checks.pytest_account import Account
from engine.checks.pytest_launch import Launcher
from engine.checks.pytest_selection import Selection
from engine.checks.pytest_watch import Limits, Watch, Watched
from engine.ports.process import CommandRunner

_MOST_RUNS = 20
_KEPT_BYTES = 64_000


class PytestSeries:
    """Runs that go on without the tests that hung or crashed in those before."""

    def __init__(
        self,
        runner: CommandRunner,
        limits: Limits,
        launcher: Launcher,
        *,
        arguments: tuple[str, ...],
        on_output: Callable[[bytes], None] | None,
    ) -> None:
        self._runner = runner
        self._limits = limits
        self._launcher = launcher
        self._arguments = arguments
        self._on_output = on_output
        self.account = Account()
        self.output = b""
        """The end of what the last run printed."""
        self.out_of = ""
        """The limit that ended the series too early; empty: none did."""
        self.duration_s = 0.0

    async def run(self, selection: Selection, limit_s: float) -> None:
        """Run until nothing more is to be learned, at most for `limit_s` seconds.

        Raises:
            EngineError: pytest could not be started.
        """
        started_s = time.monotonic()
        for _ in range(_MOST_RUNS):
            remaining_s = limit_s - (time.monotonic() - started_s)
            run = await self._run_once(selection, max(remaining_s, 0.0))
            self.account.add(run)
            self.duration_s = time.monotonic() - started_s
            if run.ended is not None and run.ended.is_timeout:
                self.out_of = f"{limit_s:g} s"
            left = selection.without(self.account.ignored)
            if not self.account.may_go_on or (selection.names and not left.names):
                return
            selection = left
        self.out_of = f"{_MOST_RUNS} runs"

    async def _run_once(self, selection: Selection, limit_s: float) -> Watched:
        account, tree = self.account, self._launcher.tree
        launch = self._launcher.launch(
            (
                *self._arguments,
                *(("-n0",) if account.is_serial else ()),
                *(f"--ignore={tree / path}" for path in account.ignored),
                *(str(tree / path) for path in selection.paths),
            ),
            done=account.outcomes,
            only=selection.names,
            is_part=bool(selection.names or account.outcomes or account.ignored),
        )
        self.output = b""
        return await Watch(launch.log_file, launch.key, self._limits).follow(
            self._runner.run(
                launch.argv,
                cwd=tree,
                timeout_s=limit_s,
                extra_env=launch.variables,
                stdin=launch.stdin,
                merge_stderr=True,
                on_output=self._hear,
            )
        )

    def _hear(self, output: bytes) -> None:
        self.output = (self.output + output)[-_KEPT_BYTES:]
        if self._on_output is not None:
            self._on_output(output)
