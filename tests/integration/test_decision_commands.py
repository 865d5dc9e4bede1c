"""`aio-tui decisions ...` as its operator uses it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aio_tui.cli.main import main
from engine.domain.ids import TaskId
from engine.domain.orders import (
    CancelTask,
    PauseRun,
    ResumeRun,
    RetryTask,
    SetPriority,
    SteerTask,
)
from tests.support.engines import Bench, make_bench, without_containment

pytestmark = pytest.mark.slow

Told = Callable[..., tuple[int, str, str]]
ADD, SCALE = TaskId("add"), TaskId("scale")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A repository in which two operators have given orders, and a task has come to its end."""
    bench = make_bench(tmp_path)
    asyncio.run(_used(bench))
    return bench


async def _used(bench: Bench) -> None:
    await bench.add("add", "scale")
    async with bench.engine(takes_work=False) as guest:
        await guest.give(PauseRun(), by="ana")
        await guest.give(SteerTask(task_id=ADD, note="look at the sign"), by="ben")
        await guest.give(CancelTask(task_id=ADD, reason="not now"), by="cleo")
        await guest.give(SetPriority(task_id=SCALE, priority=7), by="ana")


@pytest.fixture
def told(bench: Bench, capsys: pytest.CaptureFixture[str]) -> Told:
    def tell(*words: str) -> tuple[int, str, str]:
        code = main(["decisions", *words, "--repo", str(bench.repo)])
        out, err = capsys.readouterr()
        return code, out, without_containment(err)

    return tell


def documents(told: Told, *words: str) -> list[dict[str, Any]]:
    code, out, err = told("show", *words, "--json")
    assert (code, err) == (0, "")
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_decisions_are_shown_by_task_kind_person_time_and_number(told: Told) -> None:
    every = documents(told)
    of_add = documents(told, "add")
    assert {one["task_id"] for one in of_add} == {"add"}
    assert len(of_add) < len(every)
    assert [one["decision"] for one in documents(told, "--by", "ben")] == ["steer_task"]
    by_ana = documents(told, "--by", "ana")
    assert {one["kind"] for one in by_ana} == {"RUN_CONTROL", "PRIORITY_CHANGE"}
    kinds = documents(told, "--kind", "steering", "--kind", "PRIORITY_CHANGE")
    assert {one["kind"] for one in kinds} == {"STEERING", "PRIORITY_CHANGE"}
    assert documents(told, "--limit", "2") == every[-2:]
    assert documents(told, "--since", "2999-01-01") == []
    assert documents(told, "--since", every[-1]["timestamp"])[-1] == every[-1]
    code, out, _ = told("show", "--by", "ben")
    assert code == 0
    assert "STEERING  steer_task  look at the sign  by ben" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "PLEA"), "kind 'PLEA' is unknown"),
        (("--since", "soon"), "--since 'soon' is no date or time"),
        (("--limit", "0"), "--limit is 0"),
        (("ghost",), "ghost"),
        (("../x",), "not allowed"),
    ],
)
def test_what_cannot_be_shown_is_one_line(told: Told, words: tuple[str, ...], said: str) -> None:
    code, out, err = told("show", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_replay_tells_the_story_in_order_with_evidence(bench: Bench, told: Told) -> None:
    asyncio.run(_worked_on(bench))
    code, out, _ = told("replay", "add", "--json")
    assert code == 0
    steps = json.loads(out)["steps"]
    assert [one["at"] for one in steps] == sorted(one["at"] for one in steps)
    assert {one["what"] for one in steps} >= {"decision", "event", "checkpoint"}
    decisions = [one for one in steps if one["what"] == "decision"]
    assert all(one["hash"] and one["file"] == "decisions/add.jsonl" for one in decisions)
    [checkpoint] = [one for one in steps if one["what"] == "checkpoint"]
    assert checkpoint["checks"][0]["tests_executed"] > 0
    code, out, _ = told("replay", "add")
    assert code == 0
    assert "look at the sign" in out
    code, _, err = told("replay", "ghost")
    assert (code, err.count("\n")) == (2, 1)


def test_what_has_ended_is_archived_and_still_shown_and_verified(bench: Bench, told: Told) -> None:
    before = documents(told, "add")
    code, out, _ = told("archive")
    assert code == 0
    assert "archived add.jsonl" in out
    assert not (bench.brain / "decisions" / "add.jsonl").exists()
    assert documents(told, "add") == before
    code, out, _ = told("verify")
    assert (code, out.split(":")[0]) == (0, "the audit trail is intact")
    (bench.brain / "decisions" / "archive" / "0001" / "add.jsonl").unlink()
    code, out, _ = told("verify")
    assert code == 1
    assert "missing" in out


def test_a_hash_that_was_noted_is_looked_for(told: Told) -> None:
    code, out, _ = told("verify", "--json")
    newest = json.loads(out)["newest"]
    assert told("verify", "--holds", newest[:16])[0] == 0
    code, _, err = told("verify", "--holds", newest, "--holds", "f" * 64)
    assert code == 1
    assert f"no decision has the hash {'f' * 64}" in err


def test_the_database_remembers_the_end_when_the_rest_is_gone(
    bench: Bench, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    shutil.rmtree(bench.brain / "decisions")

    code, out, _ = told("verify")

    assert code == 1
    assert out.startswith("decisions at its end decisions 1 to ")
    assert out.endswith("missing, says the database\n")


def test_a_repository_made_anew_begins_its_log_anew_and_this_is_recorded(
    bench: Bench, told: Told
) -> None:
    shutil.rmtree(bench.repo)
    make_bench(bench.repo.parent)
    asyncio.run(_given(bench, "add"))
    code, out, err = told("verify")
    assert code == 1
    assert "are missing" in out
    assert "aio-tui decisions begin-anew --reason WHY" in err

    code, _, err = told("begin-anew", "--reason", " ")
    assert (code, err.count("\n")) == (2, 1)
    code, out, _ = told("begin-anew", "--reason", "cloned again")
    assert code == 0
    assert "cloned again" in out

    asyncio.run(_given(bench, "scale"))
    code, out, err = told("verify")
    assert code == 0, out
    assert "begun anew with decision" in out
    [first, *_] = documents(told)
    assert (first["kind"], first["decision"], first["reason"]) == (
        "LOG",
        "begun anew",
        "cloned again",
    )
    assert "are missing" in first["value"]
    code, _, err = told("begin-anew", "--reason", "once more")
    assert (code, "is intact" in err) == (2, True)


async def _worked_on(bench: Bench) -> None:
    async with bench.engine(takes_work=False) as guest:
        await guest.give(RetryTask(task_id=ADD), by="ana")
        await guest.give(ResumeRun(), by="ana")
    await bench.run()


async def _given(bench: Bench, task_id: str) -> None:
    await bench.add(task_id)
    async with bench.engine(takes_work=False) as guest:
        await guest.give(CancelTask(task_id=TaskId(task_id), reason="not now"), by="ana")
