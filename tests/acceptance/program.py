"""The installed program, a repository for it, and the model server it talks to."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.request import urlopen

from tests.support.engines import TESTS, Bench, Iterations, make_bench
from tests.support.terminal import NARROW, WITHIN_S, Terminal, terminal, wait_until

AIO_TUI = str(Path(sys.executable).with_name("aio-tui"))
_ROOT = Path(__file__).parents[2]

Document = dict[str, Any]


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """All that the program gets from outside: no key and no server unless in `more`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        **more,
    }


@dataclass(frozen=True)
class Site:
    """A repository with a queue, and how the program is started for it."""

    bench: Bench
    home: Path
    more: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    """Of the model server; empty: there is none."""

    @property
    def repo(self) -> Path:
        return self.bench.repo

    @property
    def environment(self) -> dict[str, str]:
        return surroundings(self.home, **self.more)

    def cockpit(
        self,
        *arguments: str,
        size: tuple[int, int] = NARROW,
        raw: Path | None = None,
        **more: str,
    ) -> AbstractContextManager[Terminal]:
        """`aio-tui` in a terminal of its own; `more` goes into its environment."""
        environment = {**self.environment, **more}
        return terminal(
            [AIO_TUI, *arguments], folder=self.repo, environment=environment, size=size, raw=raw
        )

    def call(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`aio-tui` without a terminal, to its end."""
        return subprocess.run(
            [AIO_TUI, *arguments],
            cwd=self.repo,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_S * 2,
        )

    def told(self, *arguments: str) -> Any:
        """What `aio-tui ... --json` prints."""
        done = self.call(*arguments, "--json")
        assert not done.stderr, done.stderr
        return json.loads(done.stdout)

    def configure(self, more: str) -> None:
        """Add `more` to the repository's aio.toml."""
        with (self.bench.brain / "aio.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{more}\n")

    def add(self, *task_ids: str) -> None:
        """Queue tasks that are named like defects of the repository."""
        asyncio.run(self.bench.add(*task_ids))

    def task(self, task_id: str) -> Document:
        document: Document = self.told("task", "show", task_id)
        return document

    def state(self, task_id: str) -> str:
        return asyncio.run(self.bench.item(task_id)).state

    @property
    def requests(self) -> list[str]:
        """Bodies of the model calls so far, each as JSON text."""
        with urlopen(f"{self.url}/recorded", timeout=10) as answer:  # noqa: S310  our own server
            recorded = json.load(answer)
        return [json.dumps(each["body"], ensure_ascii=False) for each in recorded]


def answer(screen: Terminal, key: str, *texts: str) -> None:
    """Press `key` at a question, once more if the cockpit says that it came up just now, and wait
    until all of `texts` are on the screen.
    """
    screen.send(key)
    presses = 1

    def is_there() -> bool:
        nonlocal presses
        seen = screen.screen
        if "this question came up just now" in seen and presses == 1:
            screen.send(key)
            presses += 1
        return all(text in seen for text in texts)

    screen.wait_until(is_there, f"{texts} on the screen")


@contextmanager
def site(
    folder: Path,
    tasks: Mapping[str, Iterations],
    *,
    faults: Sequence[Document] = (),
    backend: Literal["anthropic", "scripted"] = "anthropic",
    checks: str = TESTS,
) -> Iterator[Site]:
    """A repository whose agent says what `tasks` has.

    Args:
        folder: empty; for the repository, a home and the server's files.
        tasks: by task id, what is said and done in each iteration.
        faults: what goes wrong with model calls, each with the number of its `request`, from 1.
        backend: `anthropic` hears it from a model server of its own; `scripted` reads it, for tests
            that are about something else: to import the SDK is half of a short run's work.
        checks: their part of aio.toml.
    """
    bench = make_bench(folder, tasks, backend=backend, checks=checks)
    home = folder / "home"
    home.mkdir()
    if backend == "scripted":
        yield Site(bench, home)
        return
    script = json.loads(bench.script_file.read_text())
    (folder / "served.json").write_text(json.dumps({**script, "faults": list(faults)}))
    with model_server(folder) as url:
        more = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "test"}
        yield Site(bench, home, more, url)


@contextmanager
def model_server(folder: Path) -> Iterator[str]:
    """Its address. It says what `served.json` in `folder` has."""
    port_file = folder / "port"
    program = [sys.executable, "-m", "tests.support.messages_api", "--port", "0", "--keep-bodies"]
    files = ["--script", str(folder / "served.json"), "--port-file", str(port_file)]
    process = subprocess.Popen([*program, *files], cwd=_ROOT, stdout=subprocess.DEVNULL)
    try:
        assert wait_until(port_file.exists), "the model server did not start"
        yield f"http://127.0.0.1:{port_file.read_text()}"
    finally:
        process.terminate()
        process.wait()
