"""A repository in which every command has something to do, and the run that made it so.

Its one check costs nothing: each file below `parts/` says `wrong` or `right`, and is a test of its
own. A task that is named like a part mends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine.domain.run import RunEnd
from tests.acceptance.program import Site, model_server
from tests.support.engines import Bench, Iterations, Step, a_task, bash, say
from tests.support.repos import make_repo

VERIFIED = ("early", "later", "other", "story", "sheet", "look", "back", "away")
"""Their work is verified and waits to be merged."""
ASKING = ("once", "whole", "deny", "edit", "always", "hold", "inbox", "night")
"""They wait for an answer each; `whole` would ask a second time by the same rule."""
FAILED = ("lost", "gone", "void", "dark", "sunk")
QUEUED = ("plain", "first", "third", "spare")
TRIED = "tried"
"""It was given up after two iterations, each with a change."""
ALIVE, ASKED = "alive", "asked"
"""Begun when the run goes: one works until `let_go`, one asks while its agent waits."""

_CHECK = """\
n=0
bad=0
for part in parts/*.txt; do
  n=$((n + 1))
  name=$(basename "$part" .txt)
  if grep -q right "$part"; then echo "ok $n - $name"; else echo "not ok $n - $name"; bad=1; fi
done
echo "1..$n"
exit $bad
"""
_CONFIGURATION = """\
[project]
name = "bench"
backend = "{backend}"
parallel = 3
[[checks]]
name = "parts"
kind = "command"
command = ["sh", "check.sh"]
format = "tap"
[scripted]
script = ".aibrain/script.json"
[merge]
undo_window_s = 0
[escalations]
run_waits_s = 600
"""
_LESSON = """\
---
id: KO-parts
title: Parts say right or wrong
tags: [parts]
projects: [bench]
---
A part is mended by saying right.
"""
_OTHER_LESSON = _LESSON.replace("KO-parts", "KO-wrong").replace(
    "say right or wrong", "are never left"
)


class Scene:
    """Where the marks are, and how those who work are let go."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder, self.site = folder, site

    def mark(self, name: str) -> Path:
        """What a task that asks writes outside of its worktree."""
        return self.folder / f"mark-{name}"

    def let_go(self, task_id: str) -> None:
        """Let the agent that works on this come to an end."""
        (self.worktree(task_id) / "go").touch()

    def worktree(self, task_id: str) -> Path:
        return self.site.bench.brain / "state/worktrees" / task_id


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """The repository after a night's work, with a model server and no engine that runs."""
    parts = (*VERIFIED, *QUEUED, TRIED, ALIVE)
    files = {f"parts/{name}.txt": "wrong\n" for name in parts}
    files |= {"check.sh": _CHECK, ".gitignore": ".aibrain/\n"}
    bench = Bench(repo=make_repo(folder / "repo", files))
    lessons = bench.brain / "knowledge/approved"
    lessons.mkdir(parents=True)
    (lessons / "KO-parts.md").write_text(_LESSON, encoding="utf-8")
    (lessons / "KO-wrong.md").write_text(_OTHER_LESSON, encoding="utf-8")
    home = folder / "home"
    home.mkdir()
    bench.script(_script(folder))
    _configure(bench, "scripted")
    asyncio.run(_work(bench))
    _configure(bench, "anthropic")
    (folder / "served.json").write_text(bench.script_file.read_text())
    with model_server(folder) as url:
        more = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "test", "SHELL": "/bin/sh"}
        yield Scene(folder, Site(bench, home, more, url))


def _configure(bench: Bench, backend: str) -> None:
    (bench.brain / "aio.toml").write_text(_CONFIGURATION.format(backend=backend), encoding="utf-8")


async def _work(bench: Bench) -> None:
    """The run that leaves every state behind; what is queued comes after it."""
    async with bench.engine(takes_work=False) as engine:
        await engine.add_tasks([a_task(name) for name in VERIFIED])
        await engine.add_tasks([a_task(name, max_iterations=1) for name in (*ASKING, *FAILED)])
        await engine.add_tasks([a_task(TRIED, max_iterations=2)])
    assert await bench.run() is RunEnd.WAITING
    async with bench.engine(takes_work=False) as engine:
        await engine.add_tasks([a_task(name) for name in QUEUED])
        await engine.add_tasks([a_task(ALIVE, priority=1), a_task(ASKED, priority=1)])


def _script(folder: Path) -> Mapping[str, Iterations]:
    tasks: dict[str, Iterations] = {name: [[_mend(name), say()]] for name in (*VERIFIED, *QUEUED)}
    for name in ASKING:
        asks = 2 if name == "whole" else 1
        mark = folder / f"mark-{name}"
        tasks[name] = [[*(_append(mark) for _ in range(asks)), say("I am through.")]]
    tasks |= {name: [[say("I do not know how.")]] for name in FAILED}
    tasks[TRIED] = [
        [_note("one"), _note("two"), say("A first try.")],
        [_note("three"), say("A second try.")],
    ]
    waits = bash("until [ -e go ]; do sleep 0.2; done")
    tasks[ALIVE] = [[say("Now I wait."), *[waits] * 20, say()]]  # a command may take so long only
    tasks[ASKED] = [[_append(folder / "mark-asked"), say("I am through.")]]
    return tasks


def _append(mark: Path) -> Step:
    return bash(f"echo once >> {mark}")


def _mend(name: str) -> Step:
    return {"str_replace": {"path": f"parts/{name}.txt", "old_str": "wrong", "new_str": "right"}}


def _note(name: str) -> Step:
    return {"create": {"path": f"notes/{name}.txt", "file_text": f"{name}\n" * 40}}
