"""Whether the sandbox keeps what it promises on this machine: something is planted, and tried."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from engine.app.confining import Confinement
from engine.domain.errors import GuardrailError
from engine.domain.settings import Settings
from engine.domain.values import dataclass
from engine.files.temporary import temporary_folder
from engine.sandbox import processes, trials

_WITHIN_S = 60.0
_VARIABLE = "AIO_TUI_DOCTOR_SECRET"
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One thing that a sandbox is to keep away."""

    name: str
    tried: tuple[str, ...]
    reached: tuple[str, ...]
    """Of `tried`, what worked; empty: it holds."""


async def prove(settings: Settings, confinement: Confinement) -> tuple[Property, ...]:
    """Every property, tried by a program that is held as an agent's. What it plants is gone after.

    Raises:
        GuardrailError: the program could not say anything.
    """
    worktrees = settings.state / "worktrees"
    worktrees.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=worktrees, prefix="doctor-") as tree,
        _planted() as outside,
    ):
        own = Path(tree) / "tree"
        own.mkdir()
        runner = confinement.for_trial(own)
        given = {**outside, **_surroundings(settings, confinement, Path(tree))}
        ended = await runner.run(
            [sys.executable, "-I", "-S", str(Path(trials.__file__))],
            cwd=own,
            timeout_s=_WITHIN_S,
            stdin=json.dumps(given).encode(),
        )
    try:
        told = json.loads(ended.stdout)
    except ValueError:
        said = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
        raise GuardrailError(
            f"the sandbox could not be tried: {said or ended.exit_code}",
            hint="look whether the interpreter of aio-tui can be seen by other programs",
        ) from None
    return tuple(
        Property(name=one["property"], tried=tuple(one["tried"]), reached=tuple(one["reached"]))
        for one in told
    )


def _surroundings(settings: Settings, confinement: Confinement, folder: Path) -> dict[str, Any]:
    """What there is anyway, and a file beside the worktree that the program is given."""
    state_file = folder / "state"
    state_file.write_text("planted")
    home = Path.home()
    dots = [home / name for name in (".ssh", ".bashrc", ".profile", ".gitconfig", ".netrc")]
    limits = settings.sandbox
    return {
        "home": [str(home)],
        "shown": confinement.shown_in(home),
        "outside": [*_own_files(folder), "/etc/shadow", *(str(x) for x in dots if x.exists())],
        "unwritable": [
            *(str(settings.repo / name) for name in ("doctor-trial", ".aibrain/doctor-trial")),
            *("/etc/doctor-trial", "/usr/bin/doctor-trial", str(home / "doctor-trial")),
        ],
        "state": [str(state_file), str(settings.state / "work.db")],
        "git": [str(settings.repo / ".git")],
        "memory_bytes": limits.memory_mb * _MB,
        "file_bytes": limits.file_mb * _MB,
        "processes": limits.processes,
    }


def _own_files(folder: Path) -> list[str]:
    """A file that was planted outside, as an agent may name it."""
    path = str(folder / "state")
    return [path, f"/proc/1/root{path}", f"/proc/self/root{path}"]


@contextmanager
def _planted() -> Iterator[dict[str, Any]]:
    """Sockets that listen, a process, and a variable in this process's environment."""
    secret = secrets.token_hex(16)
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("doctor"))
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        _bind(unix, folder / "s")
        unix.listen()
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0aio-{secret}")
        abstract.listen()
        victim = stack.enter_context(subprocess.Popen(["sleep", "600"], env={_VARIABLE: secret}))
        stack.callback(victim.kill)
        os.environ[_VARIABLE] = secret
        stack.callback(os.environ.pop, _VARIABLE, None)
        yield {
            "secret": secret,
            "port": tcp.getsockname()[1],
            "unix": str(folder / "s"),
            "abstract": f"aio-{secret}",
            "victim": victim.pid,
            "started": _start_of(victim.pid),
            "engine": os.getpid(),
            "born": _start_of(os.getpid()),
        }


def _bind(unix: socket.socket, path: Path) -> None:
    try:
        unix.bind(str(path))
    except OSError as error:
        raise GuardrailError(
            f"no socket can be made in the temporary folder {str(path.parent.parent)!r}: {error}",
            hint="let TMPDIR name a folder with a short path, such as /tmp",
        ) from error


def _start_of(pid: int) -> str:
    process = processes.look_up(pid)
    return str(process.started) if process else ""
