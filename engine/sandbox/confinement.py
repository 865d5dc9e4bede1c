"""Programs that are started held: the same runner, with walls around what it starts."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from engine.domain.containment import Containment, Holder
from engine.domain.errors import EngineError, GuardrailError
from engine.domain.settings import SandboxMode, SandboxSettings
from engine.domain.values import dataclass
from engine.files.temporary import temporary_folder
from engine.ports.process import CommandRunner, ProcessResult
from engine.sandbox import landlock, relay
from engine.sandbox.bubblewrap import HOME, View, bubblewrap, readable_system
from engine.sandbox.gateway import NAME, PORT, SEEN_AT, gateway, proxy_environment
from engine.sandbox.seccomp import seccomp_filter

_RELAY = (sys.executable, "-I", "-S", relay.__file__, str(SEEN_AT / NAME), str(PORT))
_TRIAL_S = 10.0
_DEVICES = (
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm",  # noqa: S108
)  # fmt: skip
_BY_SIGNAL = 128
_ENDING = frozenset(
    {
        signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE,
        signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGXCPU, signal.SIGXFSZ,
        signal.SIGSYS,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What holds, on this machine, for one engine."""

    containment: Containment
    limits: SandboxSettings
    program: str = ""
    filter: bytes | None = None
    """Of system calls; None: the numbers of this machine are not known."""

    @property
    def holder(self) -> Holder:
        return self.containment.holder


def find_walls(settings: SandboxSettings) -> Walls:
    """What works here, found by starting a program in it. Blocks for some milliseconds.

    Raises:
        GuardrailError: the configuration wants bubblewrap and it does not work.
    """
    if settings.mode is SandboxMode.OFF:
        why = "off in aio.toml: programs of agents run with your rights"
        return Walls(containment=Containment(holder=Holder.NOTHING, why=why), limits=settings)
    program = shutil.which("bwrap")
    why = "bubblewrap is not installed"
    if program:
        walls = Walls(
            containment=Containment(holder=Holder.BUBBLEWRAP),
            limits=settings,
            program=program,
            filter=seccomp_filter(),
        )
        why = _trial(walls)
        if not why:
            return walls
    if settings.mode is SandboxMode.BUBBLEWRAP:
        raise GuardrailError(
            f"the sandbox that aio.toml asks for does not work: {why}",
            hint='install bubblewrap, or set mode = "auto" in [sandbox]',
        )
    alone = _landlock(settings, why)
    if alone is not None:
        return alone
    why += "; programs of agents run with your rights"
    return Walls(containment=Containment(holder=Holder.NOTHING, why=why), limits=settings)


def _landlock(settings: SandboxSettings, why: str) -> Walls | None:
    """Walls by the kernel alone, if a program can be started in them."""
    calls = seccomp_filter(is_alone=True)
    if calls is None or landlock.version() < landlock.NEEDED_ABI:
        return None
    why += "; commands see other processes, have no sockets at all and read the shared git"
    held_by = Containment(holder=Holder.LANDLOCK, why=why)
    walls = Walls(containment=held_by, limits=settings, filter=calls)
    argv = restricted(["true"], walls, View(), Path("/nonexistent"))
    try:
        ended = subprocess.run(argv, capture_output=True, timeout=_TRIAL_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return walls if ended.returncode == 0 else None


def restricted(argv: Sequence[str], walls: Walls, view: View, temp: Path) -> list[str]:
    """The command that runs `argv` under Landlock, with `temp` as its own temporary folder."""
    limits = walls.limits
    rules = landlock.rules_for(
        readable=(*readable_system(), "/proc", "/sys/devices/system", *map(str, view.readable)),
        listable=[str(Path(landlock.__file__).parents[2])],  # imports look for names there
        writable=(*map(str, view.writable), str(temp), *_DEVICES),
        limits={
            "data": limits.memory_mb * 1024 * 1024,
            "nproc": limits.processes,
            "fsize": limits.file_mb * 1024 * 1024,
            "core": 0,
        },
        filter_program=walls.filter or b"",
    )
    return [sys.executable, "-I", "-S", landlock.__file__, rules, *argv]


@contextmanager
def _lent(content: bytes | None) -> Iterator[int | None]:
    """A descriptor that `content` can be read from, once."""
    if content is None:
        yield None
        return
    descriptor = os.memfd_create("filter")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _trial(walls: Walls) -> str:
    """Why no program can be started in them; empty: one was."""
    try:
        with _lent(walls.filter) as filter_file:
            argv = held(["true"], walls, cwd=Path("/"), view=View(), filter_file=filter_file)
            lent = _numbers(filter_file)
            ended = subprocess.run(
                argv, capture_output=True, timeout=_TRIAL_S, check=False, pass_fds=lent
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    said = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
    return "" if ended.returncode == 0 else said or f"bubblewrap ended with {ended.returncode}"


def _numbers(filter_file: int | None) -> tuple[int, ...]:
    return () if filter_file is None else (filter_file,)


def held(
    argv: Sequence[str], walls: Walls, *, cwd: Path, view: View, filter_file: int | None
) -> list[str]:
    """The command that runs `argv` inside the walls."""
    return bubblewrap(
        argv,
        program=walls.program,
        cwd=cwd,
        view=view,
        limits=walls.limits,
        filter_file=filter_file,
    )


class ConfinedRunner:
    """Runs programs held, each with a private HOME and temporary folder of its own.

    Args:
        runner: starts them.
        walls: finds out what holds, at the first use; without any they are started bare.
        view: what is to be seen by a program that runs in a folder.
        hosts: that may be reached, as contracts name them; asked before each program.
    """

    def __init__(
        self,
        runner: CommandRunner,
        walls: Callable[[], Walls],
        view: Callable[[Path], View],
        hosts: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._runner = runner
        self._walls = walls
        self._view = view
        self._hosts = hosts

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        timeout_s: float,
        extra_env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        merge_stderr: bool = False,
        cap_bytes: int = 1_000_000,
        on_output: Callable[[bytes], None] | None = None,
        lent_files: Sequence[int] = (),
    ) -> ProcessResult:
        """See `CommandRunner.run`. What bubblewrap tells of a program that a signal ended is told
        apart from a program's own exit code above 128 only by that signal being one that ends.
        """
        env = dict(extra_env or {})
        command = list(argv)
        walls = await asyncio.to_thread(self._walls)
        async with AsyncExitStack() as lending:
            lent = list(lent_files)
            if walls.containment.is_sandboxed:
                _require(command, env, cwd)
                view = await asyncio.to_thread(self._view, cwd)
                filter_file = lending.enter_context(_lent(walls.filter))
                lent += _numbers(filter_file)
                if hosts := self._hosts():
                    folder = lending.enter_context(temporary_folder("gate"))
                    await lending.enter_async_context(gateway(folder, hosts))
                    view = replace(view, mounted=(*view.mounted, (folder, SEEN_AT)))
                    command = [*_RELAY, *command]
                    env |= proxy_environment(hosts)
                command = held(command, walls, cwd=cwd, view=view, filter_file=filter_file)
                env |= {"HOME": HOME, "TMPDIR": "/tmp"}  # noqa: S108  private in there
            elif walls.holder is Holder.LANDLOCK:
                _require(command, env, cwd)
                view = await asyncio.to_thread(self._view, cwd)
                temp = lending.enter_context(temporary_folder("held"))
                command = await asyncio.to_thread(restricted, command, walls, view, temp)
                env |= {"HOME": str(temp), "TMPDIR": str(temp)}
            ended = await self._runner.run(
                command,
                cwd=cwd,
                timeout_s=timeout_s,
                extra_env=env,
                stdin=stdin,
                merge_stderr=merge_stderr,
                cap_bytes=cap_bytes,
                on_output=on_output,
                lent_files=lent,
            )
        return _unwrapped(ended) if walls.containment.is_sandboxed else ended


def _unwrapped(ended: ProcessResult) -> ProcessResult:
    number = (ended.exit_code or 0) - _BY_SIGNAL
    return replace(ended, exit_code=-number) if number in _ENDING else ended


def _require(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
    """Bubblewrap would say on standard error what the engine has to know."""
    if not cwd.is_dir():
        raise EngineError(
            f"{argv[0]!r} could not be started: folder {str(cwd)!r} is not there",
            hint="look whether the worktree was removed",
        )
    path = env.get("PATH") or os.environ.get("PATH", os.defpath)
    name = str(cwd / argv[0]) if "/" in argv[0] else argv[0]
    if shutil.which(name, path=path) is None:
        raise EngineError(
            f"program {argv[0]!r} was not found", hint="install it, or put its folder on PATH"
        )


def program_folders(program: str) -> tuple[Path, ...]:
    """What a program needs of the folders around it: those of its interpreter, or nothing but its
    own where it stands among others.
    """
    found = shutil.which(program)
    if found is None:
        return ()
    folders: list[Path] = []
    for path in (Path(found), Path(found).resolve()):
        is_own = (path.parent.parent / "lib").is_dir() and path.parent.name == "bin"
        folders.append(path.parent.parent if is_own else path.parent)
    return tuple(folders)


def environment_folders(python: str) -> tuple[Path, ...]:
    """As `program_folders`, also of the interpreter that a virtual environment was made from."""
    folders = list(program_folders(python))
    with suppress(OSError, IndexError):
        for line in (folders[0] / "pyvenv.cfg").read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == "home":
                folders.append(Path(value.strip()).resolve().parent)
    return tuple(folders)
