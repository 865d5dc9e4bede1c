from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.errors import EngineError
from engine.ports.process import CommandRunner
from engine.sandbox.environment import INHERITED
from engine.sandbox.runner import SubprocessRunner

SOON_S = 0.3
"""Enough for a program that need not have begun by then."""
BEGUN_S = 2.0
"""A program has begun by then, on a busy machine too."""
SLEEP = f"sleep {100_000 + os.getpid()}"
"""A command line that no other process of this machine has."""
OWN_NAMES = {
    "HOME",
    "TMPDIR",
    "TERM",
    "PYTHONUNBUFFERED",
    "AIO_TUI_CALL",
    "GIT_CEILING_DIRECTORIES",
}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture
def runner(tmp_path: Path) -> SubprocessRunner:
    return SubprocessRunner(tmp_path / "state" / "home", tmp_path / "state" / "tmp")


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_output_errors_and_exit_code_are_told_apart(
    runner: CommandRunner, tmp_path: Path
) -> None:
    ended = await runner.run(
        ["sh", "-c", "echo out; echo err >&2; exit 3"], cwd=tmp_path, timeout_s=5
    )

    assert (ended.exit_code, ended.stdout, ended.stderr) == (3, b"out\n", b"err\n")
    assert not ended.is_truncated
    assert not ended.is_timeout


async def test_errors_can_be_merged_in_order(runner: CommandRunner, tmp_path: Path) -> None:
    ended = await runner.run(
        ["sh", "-c", "echo 1; echo 2 >&2; echo 3"], cwd=tmp_path, timeout_s=60, merge_stderr=True
    )

    assert (ended.stdout, ended.stderr) == (b"1\n2\n3\n", b"")


async def test_both_pipes_are_read_at_the_same_time(runner: CommandRunner, tmp_path: Path) -> None:
    """A child that fills one pipe while the other is waited for would hang for ever."""
    code = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"

    ended = await runner.run(["sh", "-c", code], cwd=tmp_path, timeout_s=60)

    assert (len(ended.stdout), len(ended.stderr)) == (300_000, 600_000)


async def test_standard_input_reaches_the_program_and_is_closed(
    runner: CommandRunner, tmp_path: Path
) -> None:
    text = b"x" * 300_000

    assert (await runner.run(["cat"], cwd=tmp_path, timeout_s=60, stdin=text)).stdout == text
    assert (await runner.run(["cat"], cwd=tmp_path, timeout_s=60)).stdout == b""


async def test_a_program_that_does_not_read_its_input_is_no_fault(
    runner: CommandRunner, tmp_path: Path
) -> None:
    ended = await runner.run(["true"], cwd=tmp_path, timeout_s=60, stdin=b"x" * 300_000)

    assert ended.exit_code == 0


async def test_output_is_passed_on_while_the_program_runs(
    runner: CommandRunner, tmp_path: Path
) -> None:
    """The program waits for a file that only the receiver of its first line makes."""
    answer = tmp_path / "answer"
    seen: list[bytes] = []

    def receive(chunk: bytes) -> None:
        seen.append(chunk)
        answer.touch()

    code = (
        "import os, time\nprint('first')\n"
        f"while not os.path.exists({str(answer)!r}):\n    time.sleep(0.01)\nprint('last')"
    )
    ended = await runner.run(
        [sys.executable, "-c", code], cwd=tmp_path, timeout_s=60, on_output=receive
    )

    assert ended.exit_code == 0
    assert b"".join(seen) == b"first\nlast\n"


async def test_a_receiver_that_fails_is_heard_of(runner: CommandRunner, tmp_path: Path) -> None:
    def receive(chunk: bytes) -> None:
        raise ValueError(chunk)

    with pytest.raises(ValueError, match="hello"):
        await runner.run(["echo", "hello"], cwd=tmp_path, timeout_s=60, on_output=receive)


@pytest.mark.slow
async def test_a_hundred_megabytes_do_not_grow_memory(
    runner: CommandRunner, tmp_path: Path
) -> None:
    code = "echo begin; head -c 100000000 /dev/zero; echo end"
    tracemalloc.start()
    try:
        ended = await runner.run(["sh", "-c", code], cwd=tmp_path, timeout_s=60, cap_bytes=10_000)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert ended.is_truncated
    assert ended.stdout.startswith(b"begin\n")
    assert ended.stdout.endswith(b"end\n")
    assert b"[... 99990010 bytes dropped ...]" in ended.stdout
    assert peak_bytes < 5_000_000


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["no-such-program"], "program 'no-such-program' was not found; install it"),
        (["/etc/passwd"], "could not be started: .*Permission denied"),
        (["true", "x" * 3_000_000], "could not be started: .*too long"),
        (["true", "a\0b"], "could not be started: embedded null byte"),
    ],
)
async def test_what_cannot_be_started_is_one_clear_error(
    runner: CommandRunner, tmp_path: Path, argv: list[str], message: str
) -> None:
    with pytest.raises(EngineError, match=message):
        await runner.run(argv, cwd=tmp_path, timeout_s=60)


async def test_a_missing_folder_is_told_apart_from_a_missing_program(
    runner: CommandRunner, tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=r"folder .*gone' is not there"):
        await runner.run(["true"], cwd=tmp_path / "gone", timeout_s=60)


# The environment


async def child_names(runner: CommandRunner, cwd: Path) -> set[str]:
    ended = await runner.run(["env", "-0"], cwd=cwd, timeout_s=60)
    return {entry.partition(b"=")[0].decode() for entry in ended.stdout.split(b"\0") if entry}


@pytest.mark.parametrize(
    "name",
    ["ANTHROPIC_API_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "GIT_DIR", "LC_SECRET", "PYTHONPATH"],
)
async def test_a_secret_of_the_caller_never_arrives(
    runner: CommandRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "s3cret")

    ended = await runner.run(["env"], cwd=tmp_path, timeout_s=60)

    assert b"s3cret" not in ended.stdout


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][A-Z_]{2,20}", fullmatch=True), st.just("s3cret"), max_size=5
    )
)
async def test_only_listed_names_arrive_whatever_the_caller_has(
    runner: SubprocessRunner, tmp_path: Path, present: dict[str, str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in present.items():
            if name not in INHERITED:
                patch.setenv(name, value)
        names = await child_names(runner, tmp_path)

    assert names <= {*INHERITED, *OWN_NAMES}
    assert names >= OWN_NAMES


async def test_home_and_temporary_folder_are_private(runner: CommandRunner, tmp_path: Path) -> None:
    ended = await runner.run(["sh", "-c", 'echo "$HOME $TMPDIR"'], cwd=tmp_path, timeout_s=60)

    home, tmp = (Path(text) for text in ended.stdout.decode().split())
    assert (home, tmp) == (tmp_path / "state" / "home", tmp_path / "state" / "tmp")
    assert {path.stat().st_mode & 0o777 for path in (home, tmp)} == {0o700}


async def test_extra_names_are_added(runner: CommandRunner, tmp_path: Path) -> None:
    ended = await runner.run(
        ["sh", "-c", "echo $EXTRA $TERM"],
        cwd=tmp_path,
        timeout_s=60,
        extra_env={"EXTRA": "yes", "TERM": "other"},
    )

    assert ended.stdout == b"yes other\n"


# The end


async def test_the_time_limit_ends_the_program_and_keeps_its_output(
    runner: CommandRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends when it is told to: the time that it might still take is not waited for."""
    monkeypatch.setattr("engine.sandbox.call.GRACE_S", 60.0)
    ended = await runner.run(["sh", "-c", f"echo begun; {SLEEP}"], cwd=tmp_path, timeout_s=BEGUN_S)

    assert ended.is_timeout
    assert ended.stdout == b"begun\n"
    assert ended.duration_s < 60


async def test_a_program_may_use_the_grace_to_say_good_bye(
    runner: CommandRunner, tmp_path: Path
) -> None:
    code = f"trap 'echo bye; exit' TERM; echo begun; {SLEEP} & wait"

    ended = await runner.run(["bash", "-c", code], cwd=tmp_path, timeout_s=BEGUN_S)

    assert ended.stdout == b"begun\nbye\n"


async def test_a_program_ended_by_a_signal_has_a_negative_exit_code(
    runner: CommandRunner, tmp_path: Path
) -> None:
    ended = await runner.run(["sh", "-c", "kill -9 $$"], cwd=tmp_path, timeout_s=60)

    assert ended.exit_code == -9


STAYERS = {
    "background": f"{SLEEP} &",
    "no pipes": f"{SLEEP} >/dev/null 2>&1 &",
    "own session": f"setsid {SLEEP} &",
    "own session, no pipes": f"setsid {SLEEP} >/dev/null 2>&1 < /dev/null &",
    "bare environment": f"env -i {SLEEP} &",
    "own session below a parent": f"setsid sh -c 'env -i setsid {SLEEP} & wait' &",
    "deaf": f"(trap '' TERM HUP INT; {SLEEP}) &",
    "orphan": f"(setsid sh -c '{SLEEP} & {SLEEP}' &) &",
}


@LINUX
@pytest.mark.parametrize("stayer", STAYERS.values(), ids=STAYERS)
async def test_nothing_stays_behind_when_the_program_ends(
    runner: CommandRunner, tmp_path: Path, stayer: str
) -> None:
    before = sleepers()

    ended = await runner.run(["bash", "-c", f"{stayer} echo done"], cwd=tmp_path, timeout_s=60)

    assert ended.exit_code == 0
    assert ended.stdout == b"done\n"
    assert sleepers() == before


@LINUX
@pytest.mark.parametrize("stayer", STAYERS.values(), ids=STAYERS)
async def test_nothing_stays_behind_at_the_time_limit(
    runner: CommandRunner, tmp_path: Path, stayer: str
) -> None:
    before = sleepers()

    ended = await runner.run(["bash", "-c", f"{stayer} {SLEEP}"], cwd=tmp_path, timeout_s=SOON_S)

    assert ended.is_timeout
    assert sleepers() == before


def sleepers() -> set[int]:
    """Sleeping children by their command line."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_alive(int(entry.name)):
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if line == SLEEP.replace(" ", "\0").encode() + b"\0":
                found.add(int(entry.name))
    return found


@LINUX
async def test_a_program_deaf_to_term_is_killed_after_the_grace(
    runner: CommandRunner, tmp_path: Path
) -> None:
    before = sleepers()
    code = f"trap '' TERM; echo begun; {SLEEP}"

    ended = await runner.run(["bash", "-c", code], cwd=tmp_path, timeout_s=BEGUN_S)

    assert ended.is_timeout
    assert ended.stdout == b"begun\n"
    assert ended.duration_s > BEGUN_S + 2
    assert sleepers() == before


async def begun(path: Path) -> None:
    async with asyncio.timeout(120):
        while not path.exists():  # noqa: ASYNC110, ASYNC240  another process makes it
            await asyncio.sleep(0.005)


@LINUX
@pytest.mark.parametrize("steps", range(1, 7))
async def test_cancelling_while_it_starts_leaves_nothing_that_is_waited_for(
    runner: CommandRunner, tmp_path: Path, steps: int
) -> None:
    """The event loop learns of the start late: the program has started another one by then."""
    code = f"{SLEEP} & echo $! > inner.new; mv inner.new inner.pid; wait"
    inner = tmp_path / "inner.pid"
    async with asyncio.TaskGroup() as group:
        running = group.create_task(
            runner.run(["sh", "-c", code], cwd=tmp_path, timeout_s=1000, stdin=b"given")
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        is_soon = time.monotonic() + SOON_S
        while not inner.exists() and time.monotonic() < is_soon:
            time.sleep(0.005)  # noqa: ASYNC251  nothing else may happen in this process meanwhile
        running.cancel()
        await asyncio.wait({running}, timeout=60)
    assert running.cancelled()
    assert not inner.exists() or not is_alive(int(inner.read_text()))


@pytest.mark.parametrize("cancellations", [1, 3])
async def test_cancelling_returns_only_when_the_group_is_gone(
    runner: CommandRunner, tmp_path: Path, cancellations: int
) -> None:
    before = sleepers()
    code = f"{SLEEP} & setsid {SLEEP} & touch begun; {SLEEP}"
    async with asyncio.TaskGroup() as group:
        running = group.create_task(runner.run(["bash", "-c", code], cwd=tmp_path, timeout_s=1000))
        await begun(tmp_path / "begun")
        for _ in range(cancellations):
            running.cancel()
            await asyncio.sleep(0)
        await asyncio.wait({running}, timeout=60)

    assert running.cancelled()
    assert sleepers() == before


@LINUX
async def test_other_calls_are_left_alone(runner: CommandRunner, tmp_path: Path) -> None:
    code = "touch begun; until test -e go; do sleep 0.01; done; echo fine"
    async with asyncio.TaskGroup() as group:
        longer = group.create_task(runner.run(["bash", "-c", code], cwd=tmp_path, timeout_s=60))
        await begun(tmp_path / "begun")
        await runner.run(["bash", "-c", f"{SLEEP} &"], cwd=tmp_path, timeout_s=60)
        (tmp_path / "go").touch()

    assert longer.result().stdout == b"fine\n"


async def test_git_does_not_climb_out_of_the_state_folder(
    runner: CommandRunner, tmp_path: Path
) -> None:
    """A worktree that lost its `.git` must not lead to the operator's checkout."""
    lost = tmp_path / "state" / "worktrees" / "T1"
    lost.mkdir(parents=True)
    await runner.run(["git", "init", "-q"], cwd=tmp_path, timeout_s=60)

    ended = await runner.run(["git", "rev-parse", "--git-dir"], cwd=lost, timeout_s=60)

    assert ended.exit_code == 128
    assert b"not a git repository" in ended.stderr


async def test_many_programs_run_at_the_same_time(runner: CommandRunner, tmp_path: Path) -> None:
    """None of them goes on before all have begun."""
    all_begun = 'until test "$(ls begun | wc -l)" = 10; do sleep 0.01; done'
    (tmp_path / "begun").mkdir()

    ended = await asyncio.gather(
        *(
            runner.run(
                ["sh", "-c", f"touch begun/{n}; {all_begun}; echo {n}"], cwd=tmp_path, timeout_s=60
            )
            for n in range(10)
        )
    )

    assert [one.stdout for one in ended] == [f"{n}\n".encode() for n in range(10)]


@LINUX
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_program_cannot_look_into_the_engine(runner: CommandRunner, tmp_path: Path) -> None:
    code = f"cat /proc/{os.getpid()}/environ; cat /proc/{os.getpid()}/maps"

    ended = await runner.run(["sh", "-c", code], cwd=tmp_path, timeout_s=60)

    assert ended.stdout == b""
    assert ended.stderr.count(b"Permission denied") == 2


@LINUX
async def test_the_first_run_closes_the_engines_memory(
    runner: CommandRunner, tmp_path: Path
) -> None:
    await runner.run(["true"], cwd=tmp_path, timeout_s=60)

    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0, "PR_GET_DUMPABLE"
