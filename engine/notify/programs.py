"""Notices through programs: the desktop's own, and one of the operator's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import msgspec

from engine.domain.errors import NotifyError
from engine.ports.notify import Notice
from engine.ports.process import CommandRunner

_DESKTOP = (
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
)
_SAID_CHARS = 200


class Desktop:
    """Notices of the desktop, through `notify-send`."""

    name = "desktop"

    def __init__(
        self,
        runner: CommandRunner,
        *,
        is_wanted: bool,
        timeout_s: float,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._runner = runner
        self._timeout_s = timeout_s
        self._environment = {name: environment[name] for name in _DESKTOP if name in environment}
        self._program = shutil.which("notify-send", path=environment.get("PATH"))
        self._is_wanted = is_wanted

    @property
    def obstacle(self) -> str:
        if not self._is_wanted:
            return "desktop = false"
        if self._program is None:
            return "there is no notify-send here"
        is_there = {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"} & self._environment.keys()
        return "" if is_there else "there is no desktop session here"

    async def send(self, notice: Notice) -> None:
        """See `Channel.send`. Some desktops read markup in the text: none gets there."""
        title, body = escape(notice.title, quote=False), escape(notice.body, quote=False)
        argv = (self._program or "notify-send", "--app-name=aio-tui", "--", title, body)
        await _run(self._runner, argv, Path("/"), self._timeout_s, self._environment)


class OperatorProgram:
    """A program of the operator's, which gets the notice as JSON on standard input.

    Args:
        command: its words; empty: there is none.
        repo: where it runs.
        home: the operator's own home, which the programs of agents do not get.
    """

    name = "command"

    def __init__(
        self,
        command: Sequence[str],
        runner: CommandRunner,
        repo: Path,
        *,
        timeout_s: float,
        home: str,
    ) -> None:
        self._command = tuple(command)
        self._runner = runner
        self._repo = repo
        self._timeout_s = timeout_s
        self._home = home

    @property
    def obstacle(self) -> str:
        return "" if self._command else "no command is configured"

    async def send(self, notice: Notice) -> None:
        """See `Channel.send`."""
        document = msgspec.json.encode({**notice.document, "text": notice.body})
        extra = {"HOME": self._home} if self._home else {}
        await _run(self._runner, self._command, self._repo, self._timeout_s, extra, document)


async def _run(
    runner: CommandRunner,
    argv: Sequence[str],
    folder: Path,
    timeout_s: float,
    environment: Mapping[str, str],
    stdin: bytes = b"",
) -> None:
    ended = await runner.run(
        argv, cwd=folder, timeout_s=timeout_s, extra_env=environment, stdin=stdin,
        merge_stderr=True, cap_bytes=10_000,
    )  # fmt: skip
    if ended.exit_code == 0:
        return
    program = Path(argv[0]).name
    if ended.is_timeout:
        raise NotifyError(
            f"{program} did not end in {timeout_s:g} s", hint="it was stopped; try it by hand"
        )
    said = " ".join(ended.stdout.decode("utf-8", "replace").split())[-_SAID_CHARS:]
    raise NotifyError(
        f"{program} ended with exit code {ended.exit_code}: {said or 'it said nothing'}",
        hint="try it by hand",
    )
