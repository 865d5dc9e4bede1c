"""Hooks: real programs of the operator's around what an engine does."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.app.setup import examine
from engine.domain.decision import DecisionKind
from engine.domain.ids import TaskId
from engine.domain.orders import MergeTask
from engine.domain.settings import HookSettings
from engine.domain.state import TaskState
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState
from engine.hooks.programs import ProgramHooks
from engine.ports.hooks import HookCall, HookDenial, HookPoint
from engine.sandbox.runner import SubprocessRunner
from tests.support.engines import Bench, bash, cure, make_bench, say
from tests.support.merge_engine import quick_engine
from tests.support.merges import module, verified
from tests.support.repos import git


def _program(path: Path, body: str, mode: int = 0o700) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(mode)
    return path


def _call(point: HookPoint = HookPoint.BEFORE_TOOL, role: str = "BugFix") -> HookCall:
    return HookCall(
        point=point,
        task_id="fix-1",
        project="shop",
        role=role,
        iteration=2,
        worktree=Path("/trees/fix-1"),
        tool="run_command",
        details={"tool": {"kind": "run_command", "target": "make deploy", "detail": ""}},
    )


class Told:
    """What the hooks had to say."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bool]] = []

    def __call__(self, text: str, is_error: bool) -> None:
        self.lines.append((text, is_error))


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[SubprocessRunner]:
    runner = SubprocessRunner(tmp_path / "home", tmp_path / "tmp")
    yield runner
    runner.close()


async def _answer(
    runner: SubprocessRunner, folder: Path, body: str, call: HookCall | None = None, **more: object
) -> tuple[HookDenial | None, list[tuple[str, bool]]]:
    program = _program(folder / "hooks" / "hook", body)
    values: dict[str, object] = {
        "name": "guard", "point": "before-tool", "command": (str(program),), "timeout_s": 30.0,
    }  # fmt: skip
    hook = HookSettings(**{**values, **more})  # type: ignore[arg-type]  # fields by name
    told = Told()
    hooks = ProgramHooks(
        [hook], runner, folder, redact=lambda text: text.replace("hunter2", "[secret]")
    )
    return await hooks.call(call or _call(), tell=told), told.lines


async def test_a_hook_gets_the_documented_document(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    denial, told = await _answer(runner, tmp_path, f"cat > {tmp_path}/seen; env > {tmp_path}/env")

    assert (denial, told) == (None, [])
    assert json.loads((tmp_path / "seen").read_text()) == {
        "version": 1,
        "point": "before-tool",
        "project": "shop",
        "repo": str(tmp_path),
        "task_id": "fix-1",
        "role": "BugFix",
        "iteration": 2,
        "worktree": "/trees/fix-1",
        "tool": {"kind": "run_command", "target": "make deploy", "detail": ""},
    }


async def test_a_hook_sees_no_secret_of_the_engine(
    runner: SubprocessRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "hunter2")

    await _answer(runner, tmp_path, f"env > {tmp_path}/env")

    assert "hunter2" not in (tmp_path / "env").read_text()


DENIALS: Mapping[str, tuple[str, str]] = {
    "exit code": ("echo 'not on a Friday' >&2; exit 2", "not on a Friday"),
    "exit code, silent": ("exit 2", "it gave no reason"),
    "document": ("""echo '{"decision": "deny", "reason": "not   now"}'""", "not now"),
    "document and exit code": ("""echo '{"reason": "no"}'; exit 2""", "no"),
    "secret in the reason": ("echo hunter2 >&2; exit 2", "[secret]"),
}


@pytest.mark.parametrize(("body", "reason"), DENIALS.values(), ids=DENIALS)
async def test_a_hook_may_deny_with_a_reason(
    runner: SubprocessRunner, tmp_path: Path, body: str, reason: str
) -> None:
    denial, told = await _answer(runner, tmp_path, body)

    assert denial == HookDenial(hook="guard", reason=reason)
    assert told == [(f"hook guard denies: {reason}", True)]


BROKEN: Mapping[str, tuple[str, str]] = {
    "crash": ("echo oops >&2; exit 1", "exit code 1: oops"),
    "signal": ("kill -9 $$", "signal 9"),
    "no JSON": ("echo '{'", "no JSON"),
    "another decision": ("""echo '{"decision": "maybe"}'""", "'maybe'"),
    "another type": ("""echo '{"decision": ["deny"]}'""", "['deny']"),
    "no time": ("exec sleep 60", "did not answer within 0.2 s"),
    "endless noise": ("exec yes '{'", "did not answer"),
}


@pytest.mark.parametrize(("body", "problem"), BROKEN.values(), ids=BROKEN)
async def test_a_hook_that_cannot_say_stops_what_it_guards(
    runner: SubprocessRunner, tmp_path: Path, body: str, problem: str
) -> None:
    timeout_s = 0.2 if "no time" in problem or "did not" in problem else 5.0
    denial, _ = await _answer(runner, tmp_path, body, timeout_s=timeout_s)
    after, told = await _answer(
        runner, tmp_path, body, _call(HookPoint.AFTER_TOOL), point="after-tool", timeout_s=timeout_s
    )

    assert denial is not None
    assert (denial.is_broken, problem in denial.reason) == (True, True)
    assert after is None
    assert [is_error for _, is_error in told] == [True]


@pytest.mark.parametrize("mode", [0o600, 0o702], ids=["not executable", "world-writable"])
async def test_a_program_that_is_not_to_be_trusted_is_not_started(
    runner: SubprocessRunner, tmp_path: Path, mode: int
) -> None:
    program = _program(tmp_path / "bad", f"touch {tmp_path}/ran", mode)
    hook = HookSettings(name="bad", point="before-tool", command=(str(program),))
    gone = HookSettings(name="gone", point="before-tool", command=("./no-such-hook",))

    for one in (hook, gone):
        denial = await ProgramHooks([one], runner, tmp_path, redact=str).call(_call(), tell=Told())
        assert denial is not None
        assert denial.is_broken
    assert not (tmp_path / "ran").exists()


async def test_only_matching_hooks_are_called(runner: SubprocessRunner, tmp_path: Path) -> None:
    deny = "exit 2"

    others: tuple[dict[str, Any], ...] = (
        {"tools": ("write_file",)},
        {"roles": ("TestWriter",)},
        {"point": "before-merge"},
    )
    for more in others:
        assert await _answer(runner, tmp_path, deny, **more) == (None, [])
    both: dict[str, Any] = {"tools": ("run_command",), "roles": ("BugFix",)}
    denial, _ = await _answer(runner, tmp_path, deny, **both)
    assert denial is not None


def _hook(bench: Bench, point: str, body: str, more: str = "") -> str:
    _program(bench.brain / "hooks" / point, body)
    return (
        f'\n[[hooks]]\nname = "{point}"\npoint = "{point}"\n'
        f'command = [".aibrain/hooks/{point}"]\n{more}\n'
    )


async def _denials(bench: Bench, task_id: str) -> list[tuple[str, str]]:
    async with bench.engine(takes_work=False) as engine:
        decisions, _ = await engine.decisions(TaskId(task_id))
    return [(one.approver, one.reason) for one in decisions if one.kind is DecisionKind.HOOK]


async def test_every_point_of_a_task_is_passed_in_order(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    points = tuple(HookPoint)
    tell = f"""sed -e 's/.*"point": "//' -e 's/".*//' >> {tmp_path}/points"""
    hooks = "".join(_hook(bench, point, tell) for point in points)
    bench.configure(more=hooks)
    await bench.add("add")

    await bench.run()

    assert (tmp_path / "points").read_text().split() == [
        "before-iteration", "before-tool", "after-tool", "before-verdict", "after-verdict",
        "after-iteration",
    ]  # fmt: skip


async def test_a_denied_tool_call_reaches_the_agent_and_never_happens(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    bench = make_bench(tmp_path, {"add": [[bash("touch made"), cure("add"), say()]]})
    deny = f"grep -q 'touch made' && {{ echo no touching >&2; exit 2; }}; touch {mark}; exit 0"
    bench.configure(more=_hook(bench, "before-tool", deny))
    await bench.add("add")

    await bench.run()

    async with bench.engine(takes_work=False) as engine:
        transcript = await engine.transcript(TaskId("add"), 1)
    text = "".join(entry.text for entry in transcript.entries)  # a line may come in pieces
    assert "hook before-tool denies it: no touching" in text
    assert mark.exists()
    assert await _denials(bench, "add") == [("hook before-tool", "no touching")]
    assert (await bench.item("add")).state is TaskState.COMPLETED
    assert "made" not in git(bench.repo, "ls-tree", "-r", "--name-only", "fix/add")


async def test_a_denied_iteration_blocks_the_task(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.configure(more=_hook(bench, "before-iteration", "echo holiday >&2; exit 2"))
    await bench.add("add")

    await bench.run()

    item = await bench.item("add")
    assert (item.state, "denies it: holiday" in item.error_log) == (TaskState.BLOCKED, True)
    assert len(await _denials(bench, "add")) == 1


@pytest.mark.parametrize(
    ("body", "verdict"), [("exit 2", VerdictKind.FAIL), ("exit 1", VerdictKind.BLOCKED)]
)
async def test_without_the_hook_there_is_no_pass(
    tmp_path: Path, body: str, verdict: VerdictKind
) -> None:
    bench = make_bench(tmp_path)
    bench.configure(
        more=f"{_hook(bench, 'before-verdict', body)}\n[budgets.iterations]\nBugFix = 1"
    )
    await bench.add("add")

    await bench.run()

    item = await bench.item("add")
    assert (item.last_verdict, item.state is TaskState.COMPLETED) == (verdict, False)


async def test_a_denied_merge_waits_for_the_operator_and_the_others_land(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), module("two"))
    deny = 'grep -q \'"task_id": "one"\' && { echo freeze >&2; exit 2; }; exit 0'
    after = f"cat >> {tmp_path}/landed"
    bench.configure(more=_hook(bench, "before-merge", deny) + _hook(bench, "after-merge", after))
    async with quick_engine(bench.repo) as engine:
        for task_id in ("one", "two"):
            await engine.give(MergeTask(task_id=TaskId(task_id)), by="olive")
        await engine.work_through_merges()
        one = (await engine.task_view(TaskId("one"))).item
        two = (await engine.task_view(TaskId("two"))).item

    assert (one.merge_state, "freeze" in one.error_log) == (MergeState.WAITING, True)
    assert two.merge_state is MergeState.MERGED
    assert "sums/one.py" not in git(bench.repo, "ls-tree", "-r", "--name-only", "main")
    landed = json.loads((tmp_path / "landed").read_text())
    assert (landed["task_id"], landed["merge"]["result"]) == ("two", two.merged_commit)
    assert await _denials(bench, "one") == [("hook before-merge", "freeze")]


async def test_doctor_names_a_hook_that_cannot_be_called(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    hooks = _hook(bench, "before-tool", "exit 0") + _hook(bench, "after-tool", "exit 0")
    bench.configure(more=hooks)
    (bench.brain / "hooks" / "after-tool").chmod(0o600)

    findings = {one.what: one for one in await examine(bench.repo, project=None)}

    assert not findings["hook before-tool"].is_problem
    assert findings["hook after-tool"].is_problem
    assert findings["hook after-tool"].hint.startswith("chmod")
    assert os.access(bench.brain / "hooks" / "before-tool", os.X_OK)
