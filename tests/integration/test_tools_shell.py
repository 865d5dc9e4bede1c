from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.ports.agent import ToolCall
from engine.sandbox.runner import SubprocessRunner
from engine.sandbox.tools import ToolBox, ToolOutput
from tests.support.repos import git, make_repo


@pytest.fixture
def worktree(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "tree", {"app.py": "x = 1\n"})


@pytest.fixture
def runner(tmp_path: Path) -> SubprocessRunner:
    return SubprocessRunner(tmp_path / "state" / "home", tmp_path / "state" / "tmp")


async def bash(
    runner: SubprocessRunner, worktree: Path, command: str, *, timeout_s: float = 20
) -> ToolOutput:
    box = ToolBox(runner, worktree, timeout_s=timeout_s)
    call = ToolCall(call_id="c1", tool="bash", arguments={"command": command})
    return await box.execute(box.request(call))


async def test_a_command_runs_in_the_worktree(runner: SubprocessRunner, worktree: Path) -> None:
    answer = await bash(runner, worktree, "pwd; cat app.py; echo oops >&2")

    assert answer.output == f"{worktree}\nx = 1\noops"
    assert not answer.is_error
    assert answer.duration_s > 0


async def test_each_command_gets_a_fresh_shell(runner: SubprocessRunner, worktree: Path) -> None:
    await bash(runner, worktree, "cd /; export A=1; set -e")

    assert (await bash(runner, worktree, "pwd; echo [$A]")).output == f"{worktree}\n[]"


async def test_restart_says_that_shells_are_fresh(runner: SubprocessRunner, worktree: Path) -> None:
    box = ToolBox(runner, worktree, timeout_s=5)
    call = ToolCall(call_id="c1", tool="bash", arguments={"restart": True})

    answer = await box.execute(box.request(call))

    assert "fresh shell" in answer.output
    assert not answer.is_error


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("echo a; exit 3", "a\n[exit code 3]"),
        ("no-such-program-at-all", "command not found\n[exit code 127]"),
        ("echo a; kill -9 $$", "a\n[ended by signal 9]"),
        ("echo 'unclosed", "[exit code 2]"),
        ("false", "[exit code 1]"),
    ],
)
async def test_a_failing_command_says_how_it_ended(
    runner: SubprocessRunner, worktree: Path, command: str, ending: str
) -> None:
    answer = await bash(runner, worktree, command)

    assert answer.output.endswith(ending)
    assert answer.is_error


async def test_a_command_over_its_time_keeps_what_it_said(
    runner: SubprocessRunner, worktree: Path
) -> None:
    answer = await bash(runner, worktree, "echo begun; sleep 1000", timeout_s=0.3)

    assert answer.output == "begun\n[stopped after 0.3 s, the time limit of one command]"
    assert answer.is_error


async def test_long_output_keeps_both_ends(runner: SubprocessRunner, worktree: Path) -> None:
    answer = await bash(runner, worktree, "echo begin; seq 400000; echo end")

    assert len(answer.output) < 31_000
    assert answer.output.startswith("begin\n1\n2\n")
    assert answer.output.endswith("399999\n400000\nend")
    assert "the whole output has 2688905 bytes" in answer.output


async def test_long_output_of_wide_characters_tells_only_one_cut(
    runner: SubprocessRunner, worktree: Path
) -> None:
    code = "print('\\U0001f600' * 100000)"
    answer = await bash(runner, worktree, f'{sys.executable} -c "{code}"')

    assert answer.output.count("[...") == 1
    assert "the whole output has 400001 bytes" in answer.output


async def test_binary_output_is_described(runner: SubprocessRunner, worktree: Path) -> None:
    answer = await bash(runner, worktree, "printf 'ELF\\0\\1\\2'")

    assert answer.output == "(binary output of 6 bytes, beginning with 45 4c 46 00 01 02)"


async def test_stray_bytes_are_replaced(runner: SubprocessRunner, worktree: Path) -> None:
    assert (await bash(runner, worktree, "printf 'caf\\351!'")).output == "caf\ufffd!"


async def test_output_streams_as_text_with_characters_whole(
    runner: SubprocessRunner, worktree: Path
) -> None:
    seen: list[str] = []
    box = ToolBox(runner, worktree, timeout_s=20, on_output=seen.append)
    command = "printf '\\303'; sleep 0.05; printf '\\251t\\303'"
    call = ToolCall(call_id="c1", tool="bash", arguments={"command": command})

    answer = await box.execute(box.request(call))

    assert "".join(seen) == answer.output == "ét\ufffd"


async def test_no_secret_of_the_engine_is_in_reach(
    runner: SubprocessRunner, worktree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "s3cret")
    monkeypatch.setenv("BASH_ENV", "/etc/passwd")

    assert "s3cret" not in (await bash(runner, worktree, "env; set")).output


async def test_an_agents_commit_is_the_engines_and_runs_no_hook(
    runner: SubprocessRunner, worktree: Path
) -> None:
    hook = worktree / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    answer = await bash(runner, worktree, "echo 'x = 2' > app.py; git commit -qam own")

    assert (answer.output, answer.is_error) == ("", False)
    assert git(worktree, "log", "-1", "--format=%an %ce %s").strip() == (
        "aio-tui aio-tui@localhost own"
    )


async def test_a_missing_shell_is_an_answer_and_no_exception(
    runner: SubprocessRunner, worktree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    answer = await bash(runner, worktree, "true")

    assert answer.is_error
    assert "program 'bash' was not found" in answer.output


async def test_a_worktree_that_is_gone_is_an_answer(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    answer = await bash(runner, tmp_path / "gone", "true")

    assert answer.is_error
    assert "is not there" in answer.output
