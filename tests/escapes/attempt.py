"""Everything that `ways` tries, against a sandbox in a folder that others may not know.

As a program, with a folder, it is one attempt of the user who calls it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from engine.app.confining import Confinement
from engine.domain.settings import SandboxMode, SandboxSettings, Settings
from engine.sandbox import processes
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.git import GitWorkspace
from tests.support.repos import make_repo
from tests.support.workspaces import item_of

_WAYS = Path(__file__).parent / "ways.py"


async def attempt(folder: Path) -> int:
    """How many ways were tried, none of which led out. HOME and the secret PLANTED_KEY are in the
    environment.
    """
    secret, home = os.environ["PLANTED_KEY"], Path(os.environ["HOME"])
    repo = make_repo(folder / "repo", {"app.py": "x = 1\n"})
    settings = Settings(
        repo=repo, project="p", sandbox=SandboxSettings(mode=SandboxMode.BUBBLEWRAP)
    )
    runner = SubprocessRunner(
        settings.state / "home", folder / "scratch", marker_root=settings.state
    )
    workspace = GitWorkspace(settings, runner)
    other = await workspace.open(item_of("T2"))
    (other.path / "other.txt").write_text(secret)
    foreign = await workspace.commit(other, "foreign")
    mine = await workspace.open(item_of("T1"))
    planted = {
        "secret_home": home / ".ssh" / "id_rsa",
        "secret_repo": repo / ".env",
        "secret_state": settings.state / "work.db",
        "secret_other": other.path / "other.txt",
        "secret_seal": home / ".local/state/aio-tui/seal.key",
        "secret_scratch": folder / "scratch" / "log.jsonl",
        "secret_git": repo / ".git" / "secret",
    }
    for path in planted.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secret)
    confinement = Confinement(
        settings, runner, scratch=folder / "scratch", private=home / ".local/state/aio-tui"
    )
    agent = await confinement.for_agent(mine, workspace)
    mark = str(900_000 + secrets.randbelow(90_000))
    with ExitStack() as stack:
        victim = stack.enter_context(
            subprocess.Popen(  # noqa: ASYNC220  it only has to be there
                ["sleep", "300"], start_new_session=True
            )
        )
        stack.callback(victim.kill)
        around = {
            **{key: str(path) for key, path in planted.items()},
            **_listening(stack, folder, mark),
            "digest": hashlib.sha256(secret.encode()).hexdigest(),
            "foreign_commit": foreign,
            "victim": str(victim.pid),
            "victim_group": str(victim.pid),
            "victim_start": _start_of(victim.pid),
            "home": str(home),
            "beacon": str(folder / "beacon"),
            "mark": mark,
            "forbidden": "\n".join(
                map(str, (*planted.values(), home, repo, settings.brain, repo / ".git/refs/heads"))
            ),
        }
        before = _picture(folder, but=mine.path)
        ended = await agent.run(
            [sys.executable, "-c", _WAYS.read_text()],
            cwd=mine.path,
            timeout_s=120,
            stdin=json.dumps(around).encode(),
            merge_stderr=True,
        )
        said = ended.stdout.decode()
        assert "ESCAPED" not in said, said
        tried = re.findall(r"tried (\d+)", said)
        assert _picture(folder, but=mine.path) == before
        assert victim.poll() is None
        assert not _sleeping(mark)
        return int(tried[-1])


def _listening(stack: ExitStack, folder: Path, mark: str) -> dict[str, str]:
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    tcp6 = stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
    unix = stack.enter_context(socket.socket(socket.AF_UNIX))
    monitor = os.open(folder, os.O_DIRECTORY)
    stack.callback(os.close, monitor)
    unix.bind(f"/proc/self/fd/{monitor}/socket")  # a path of its own could be too long
    unix.listen()
    abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
    abstract.bind(f"\0escape-{mark}")
    abstract.listen()
    return {
        "tcp": str(tcp.getsockname()[1]),
        "tcp6": str(tcp6.getsockname()[1]),
        "unix": str(folder / "socket"),
        "abstract": f"escape-{mark}",
    }


def _picture(folder: Path, *, but: Path) -> dict[str, bytes]:
    """Everything that is outside of the agent's reach."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(but) and "private" not in path.parts
    }


def _sleeping(mark: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().split(b"\0")[:2] == [b"sleep", mark.encode()]:
                found.append(str(path))
        except OSError:
            continue
    return found


def _start_of(pid: int) -> str:
    process = processes.look_up(pid)
    assert process is not None
    return str(process.started)


if __name__ == "__main__":
    sys.stdout.write(f"tried {asyncio.run(attempt(Path(sys.argv[1])))}\n")
