"""Pull requests: a real remote, and a `gh` that writes down how it was called."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from engine.domain.facts import PullRequestOpened
from engine.domain.ids import TaskId
from engine.domain.merge import MergeStep
from engine.domain.state import TaskState
from engine.domain.work import MergeState
from tests.support.engines import Bench
from tests.support.merge_engine import quick_engine
from tests.support.merges import facts_of, head, merge_states, module, order_merges, verified
from tests.support.repos import git

POLICY = '[merge]\npolicy = "pull-request"\n'
URL = "https://git.example/shop/pull/7"
_GH = """\
#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps({{"argv": sys.argv[1:], "token": os.environ.get("GH_TOKEN")}}) + "\\n")
print({said!r})
sys.exit({code})
"""


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "s3cret")


def install_gh(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, said: str = URL, code: int = 0
) -> Path:
    """A `gh` on PATH that notes its arguments; the file it notes them in."""
    folder.mkdir(exist_ok=True)
    log, program = folder / "calls", folder / "gh"
    program.write_text(_GH.format(python=sys.executable, log=str(log), said=said, code=code))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log


async def with_remote(tmp_path: Path) -> tuple[Bench, Path]:
    bench = await verified(tmp_path, module("one"), more=POLICY)
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(bench.repo, "remote", "add", "origin", str(remote))
    return bench, remote


async def work(bench: Bench) -> None:
    await order_merges(bench, "one")
    async with quick_engine(bench.repo) as engine:
        await engine.work_through_merges()


async def test_the_branch_is_pushed_and_a_request_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = install_gh(tmp_path / "bin", monkeypatch)
    bench, remote = await with_remote(tmp_path)
    before = head(bench.repo)

    await work(bench)

    item = await bench.item("one")
    assert (item.state, item.merge_state) == (TaskState.COMPLETED, MergeState.PULL_REQUEST)
    assert head(remote, item.branch) == item.head_commit
    assert head(bench.repo) == before
    [call] = [json.loads(line) for line in log.read_text().splitlines()]
    assert call["token"] == "s3cret"  # noqa: S105  not a password
    assert call["argv"][:6] == ["pr", "create", "--head", item.branch, "--base", "main"]
    assert await facts_of(bench, PullRequestOpened) == [("one", PullRequestOpened(url=URL))]
    async with bench.engine(takes_work=False) as engine:
        [record] = await engine.merges(item.task_id)
    assert (record.step, record.reason) == (MergeStep.PROPOSED, URL)


async def test_a_description_reaches_gh_as_one_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = install_gh(tmp_path / "bin", monkeypatch)
    bench, _ = await with_remote(tmp_path)
    nasty = "$(touch hacked); `id` --web"
    async with quick_engine(bench.repo) as engine:
        await engine._store.write(lambda tx: tx.update_task(TaskId("one"), description=nasty))

    await work(bench)

    [call] = [json.loads(line) for line in log.read_text().splitlines()]
    assert call["argv"][call["argv"].index("--title") + 1] == f"one: {nasty}"
    assert not (bench.repo / "hacked").exists()


async def test_without_gh_the_operator_approves_and_it_is_merged_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_gh(tmp_path / "bin", monkeypatch, said="you are not logged in", code=1)
    bench, _ = await with_remote(tmp_path)

    await work(bench)
    item = await bench.item("one")
    assert item.merge_state is MergeState.WAITING
    assert "not logged in" in item.error_log

    await work(bench)
    assert (await merge_states(bench))["one"] is MergeState.MERGED


async def test_a_notice_with_an_address_is_no_pull_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_gh(
        tmp_path / "bin", monkeypatch, said="a new release: https://git.example/gh/releases/tag/v9"
    )
    bench, _ = await with_remote(tmp_path)

    await work(bench)

    assert (await merge_states(bench))["one"] is MergeState.WAITING


async def test_without_a_remote_the_task_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_gh(tmp_path / "bin", monkeypatch)
    bench = await verified(tmp_path, module("one"), more=POLICY)

    await work(bench)

    item = await bench.item("one")
    assert item.merge_state is MergeState.WAITING
    assert "remote" in item.error_log


async def test_a_request_that_is_open_already_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"a pull request for branch already exists: {URL}"
    install_gh(tmp_path / "bin", monkeypatch, said=said, code=1)
    bench, _ = await with_remote(tmp_path)

    await work(bench)

    assert (await merge_states(bench))["one"] is MergeState.PULL_REQUEST
