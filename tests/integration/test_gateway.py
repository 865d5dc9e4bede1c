from __future__ import annotations

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.app.confining import Confinement
from engine.domain.settings import Settings
from engine.sandbox.gateway import is_named
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.git import GitWorkspace
from tests.support.repos import make_repo
from tests.support.sandboxes import needs_sandbox
from tests.support.workspaces import item_of

_ASK = """
import http.client, sys, urllib.request
port = sys.argv[1]
def tried(name, attempt):
    try:
        print(name, attempt())
    except OSError as error:
        print(name, "no", getattr(error, "code", type(error).__name__))
def tunnel(host):
    one = http.client.HTTPConnection("127.0.0.1", 3128, timeout=10)
    one.set_tunnel(host, int(port))
    one.request("GET", "/tunnel")
    return one.getresponse().read().decode()
def plain(host):
    return urllib.request.urlopen(f"http://{host}:{port}/plain", timeout=10).read().decode()
tried("plain", lambda: plain("localhost"))
tried("tunnel", lambda: tunnel("localhost"))
tried("unnamed", lambda: plain("127.0.0.1.example"))
tried("unnamed tunnel", lambda: tunnel("other.example"))
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
tried("direct", lambda: direct.open(f"http://127.0.0.1:{port}/direct", timeout=5).read())
"""


@pytest.fixture
def served() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine, and the paths that it was asked for."""
    seen: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as it is called
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1], seen
    server.shutdown()
    server.server_close()
    thread.join()


@needs_sandbox
async def test_named_hosts_are_reached_and_no_others(
    tmp_path: Path, served: tuple[int, list[str]]
) -> None:
    port, seen = served
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    settings = Settings(repo=repo, project="p")
    runner = SubprocessRunner(settings.state / "home", tmp_path / "tmp", marker_root=settings.state)
    workspace = GitWorkspace(settings, runner)
    tree = await workspace.open(item_of("T1"))
    confinement = Confinement(
        settings, runner, scratch=tmp_path / "tmp", private=tmp_path / "seals"
    )
    hosts: list[str] = []
    agent = await confinement.for_agent(tree, workspace, lambda: tuple(hosts))

    async def asked() -> list[str]:
        argv = [sys.executable, "-c", _ASK, str(port)]
        ended = await agent.run(argv, cwd=tree.path, timeout_s=60, merge_stderr=True)
        return ended.stdout.decode().splitlines()

    assert all(" no " in line for line in await asked())
    assert seen == []

    hosts.append("localhost")
    said = await asked()
    assert said[:2] == ["plain hello", "tunnel hello"]
    assert said[2] == "unnamed no 403"
    assert all(" no " in line for line in said[3:])
    assert seen == ["/plain", "/tunnel"]


@pytest.mark.parametrize(
    ("host", "entry", "fits"),
    [
        ("a.example", "a.example", True), ("A.Example.", "a.example", True),
        ("b.a.example", "*.a.example", True), ("a.example", "*.a.example", False),
        ("a.example.evil", "a.example", False), ("nota.example", "*.a.example", False),
        ("a.example", "*", False), ("", "a.example", False),
    ],
)  # fmt: skip
def test_entries_fit_whole_names(host: str, entry: str, fits: bool) -> None:
    assert is_named(host, (entry,)) is fits
