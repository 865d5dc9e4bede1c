"""A real SSH server on the loopback interface, for one user and one key."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.terminal import wait_until

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
_SEPARATION = Path("/run/sshd")


@dataclass(frozen=True)
class SshServer:
    """Where it listens, and what opens it."""

    folder: Path
    port: int

    def command(self, *remote: str) -> list[str]:
        """A client in a terminal that runs `remote` over there; no shell here reads it."""
        options = (
            "BatchMode=yes",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
        )
        spelled = [word for option in options for word in ("-o", option)]
        key = ["-i", str(self.folder / "key"), "-p", str(self.port)]
        return ["ssh", "-F", "none", "-tt", *spelled, *key, f"{getpass.getuser()}@127.0.0.1",
                "--", *remote]  # fmt: skip


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """A server with a key of its own in the new `folder`; its sessions end by themselves."""
    assert SSHD is not None, "install the OpenSSH server, as .ci/run does"
    folder.mkdir(mode=0o700)
    for name in ("host", "key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    port = _free_port()
    configuration = folder / "sshd_config"
    configuration.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
        f"AuthorizedKeysFile {folder}/key.pub\nStrictModes no\nUsePAM no\nPidFile none\n"
        "PermitRootLogin yes\nPasswordAuthentication no\n"
    )
    if os.getuid() == 0:
        _SEPARATION.mkdir(exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-f", str(configuration), "-E", str(folder / "log")])
    try:
        assert wait_until(lambda: _listens(port)), (folder / "log").read_text()
        yield SshServer(folder, port)
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
