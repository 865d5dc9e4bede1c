"""The decision log on a real disk: durable, complete and safe for many writers."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.audit.decision_log import DecisionLog
from engine.domain.action import Severity
from engine.domain.audit import TrailMark
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import InputError, StoreError

DECISION = Decision(
    at=datetime(2026, 1, 5, 22, 0, tzinfo=UTC),
    kind=DecisionKind.ROUTING,
    task_id="fix-1",
    repo="shop",
    decision="run",
    value="scripted",
    confidence=1.0,
    severity=Severity.LOW,
    approver="engine",
    reason="the configured default",
)
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def log(tmp_path: Path) -> DecisionLog:
    return DecisionLog(tmp_path / "decisions")


def _files(tmp_path: Path) -> list[str]:
    folder = tmp_path / "decisions"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jsonl"))


def test_decisions_are_read_in_the_order_they_were_recorded(log: DecisionLog) -> None:
    decisions = [replace(DECISION, value=f"{number}") for number in range(5)]
    log.record(decisions[0])
    log.record_many(decisions[1:])

    assert log.read("fix-1") == (decisions, [])
    assert log.verify() == []


def test_a_log_that_is_not_there_is_empty(log: DecisionLog, tmp_path: Path) -> None:
    log.record_many([])

    assert log.read("fix-1") == ([], [])
    assert log.read(None) == ([], [])
    assert log.read_all() == ([], [])
    assert log.verify() == []
    assert not (tmp_path / "decisions").exists()


@pytest.mark.parametrize(
    ("kind", "copies"),
    [
        (DecisionKind.ROUTING, []),
        (DecisionKind.APPROACH, []),
        (DecisionKind.PRIORITY_CHANGE, []),
        (DecisionKind.RUN_CONTROL, []),
        (DecisionKind.STEERING, []),
        (DecisionKind.GUARDRAIL, ["guardrails/2026-01.jsonl"]),
        (DecisionKind.GUARDRAIL_OVERRIDE, ["guardrails/2026-01.jsonl"]),
        (DecisionKind.ESCALATION_ANSWER, ["guardrails/2026-01.jsonl"]),
        (DecisionKind.BUDGET_CHANGE, ["governance/2026-01.jsonl"]),
        (DecisionKind.VERDICT_OVERRIDE, ["governance/2026-01.jsonl"]),
        (DecisionKind.MERGE, ["governance/2026-01.jsonl"]),
        (DecisionKind.MERGE_REVERT, ["governance/2026-01.jsonl"]),
        (DecisionKind.POISON, ["governance/2026-01.jsonl"]),
    ],
)
def test_guardrails_and_governance_get_their_own_copies(
    log: DecisionLog, tmp_path: Path, kind: DecisionKind, copies: list[str]
) -> None:
    log.record(replace(DECISION, kind=kind))

    assert _files(tmp_path) == sorted(["fix-1.jsonl", *copies])
    assert log.read_all() == ([replace(DECISION, kind=kind)], [])


def test_run_wide_decisions_are_governance(log: DecisionLog, tmp_path: Path) -> None:
    pause = replace(DECISION, kind=DecisionKind.RUN_CONTROL, task_id=None)
    budget = replace(DECISION, kind=DecisionKind.BUDGET_CHANGE)
    later = replace(pause, at=pause.at + timedelta(days=40))
    log.record_many([later, budget, pause])

    assert _files(tmp_path) == [
        "fix-1.jsonl",
        "governance/2026-01.jsonl",
        "governance/2026-02.jsonl",
    ]
    assert log.read(None) == ([later, pause], [])
    assert log.read_all() == ([later, budget, pause], [])
    assert log.verify() == []


def test_the_month_of_a_file_is_that_of_utc(log: DecisionLog, tmp_path: Path) -> None:
    at = datetime.fromisoformat("2026-02-01T00:30:00+02:00")
    log.record(replace(DECISION, task_id=None, at=at))

    assert _files(tmp_path) == ["governance/2026-01.jsonl"]


def test_only_the_owner_may_read_decisions(log: DecisionLog, tmp_path: Path) -> None:
    log.record(replace(DECISION, kind=DecisionKind.GUARDRAIL))

    folder = tmp_path / "decisions"
    for place in (folder, folder / "guardrails"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    for name in _files(tmp_path):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("task_id", ["../x", "governance/x", "", "a\0"])
def test_ids_that_could_leave_the_folder_are_refused_and_nothing_is_written(
    log: DecisionLog, tmp_path: Path, task_id: str
) -> None:
    with pytest.raises(InputError):
        log.record_many([DECISION, replace(DECISION, task_id=task_id)])
    with pytest.raises(InputError):
        log.read(task_id)

    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_line_is_closed_off_and_told(log: DecisionLog, tmp_path: Path) -> None:
    log.record_many([DECISION, replace(DECISION, value="lost")])
    path = tmp_path / "decisions" / "fix-1.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    later = replace(DECISION, value="later")

    log.record(later)

    assert log.read("fix-1") == (
        [DECISION, later],
        ["decisions/fix-1.jsonl line 2 cannot be read"],
    )
    assert log.verify() == [
        "decisions/fix-1.jsonl line 2 is torn or altered",
        "decisions/fix-1.jsonl line 3 has number 3, but before it decision 2 is missing",
    ]


def test_a_log_cut_at_any_byte_takes_the_next_decision(log: DecisionLog, tmp_path: Path) -> None:
    decisions = [replace(DECISION, value=f"{number}") for number in range(2)]
    log.record_many(decisions)
    path = tmp_path / "decisions" / "fix-1.jsonl"
    whole = path.read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    head = (tmp_path / "decisions" / "head").read_bytes()

    for size in range(0, len(whole) + 1, 7):
        path.write_bytes(whole[:size])
        (tmp_path / "decisions" / "head").write_bytes(head)
        log.record(DECISION)
        kept = sum(size >= end for end in ends)
        is_torn = size not in {0, *ends, *(end + 1 for end in ends)}
        read, warnings = log.read("fix-1")
        assert read == [*decisions[:kept], DECISION]
        assert len(warnings) == is_torn
        assert bool(log.verify()) is (kept < 2)


def test_a_long_line_is_followed_by_the_right_link(log: DecisionLog) -> None:
    log.record(replace(DECISION, value="x" * 100_000))
    log.record(DECISION)

    assert log.verify() == []


def test_a_removed_or_reordered_line_is_found(log: DecisionLog, tmp_path: Path) -> None:
    log.record_many([replace(DECISION, value=f"{number}") for number in range(4)])
    path = tmp_path / "decisions" / "fix-1.jsonl"
    first, second, third, fourth = path.read_bytes().splitlines(keepends=True)

    path.write_bytes(first + third + fourth)
    assert log.verify() == [
        "decisions/fix-1.jsonl line 2 does not follow the line before it",
        "decisions/fix-1.jsonl line 2 has number 3, but before it decision 2 is missing",
    ]
    path.write_bytes(second + third + fourth)
    assert log.verify() == [
        "decisions/fix-1.jsonl line 1 does not follow the line before it",
        "decisions/fix-1.jsonl line 1 has number 2, but before it decision 1 is missing",
    ]
    path.write_bytes(first + third + second + fourth)
    assert log.verify() == [
        "decisions/fix-1.jsonl line 2 does not follow the line before it",
        "decisions/fix-1.jsonl line 3 does not follow the line before it",
        "decisions/fix-1.jsonl line 3 has number 2 after 3",
        "decisions/fix-1.jsonl line 4 does not follow the line before it",
    ]


def test_an_altered_copy_is_found_as_well(log: DecisionLog, tmp_path: Path) -> None:
    log.record(replace(DECISION, kind=DecisionKind.GUARDRAIL))
    path = tmp_path / "decisions" / "guardrails" / "2026-01.jsonl"
    path.write_bytes(path.read_bytes().replace(b"scripted", b"anything"))

    assert log.verify() == [
        "decisions/guardrails/2026-01.jsonl line 1 is torn or altered",
        "decisions/guardrails/2026-01.jsonl lacks its copy of decision 1 (decisions/fix-1.jsonl 1)",
    ]


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from engine.audit.decision_log import DecisionLog
from tests.integration.test_audit_decision_log import DECISION
from engine.domain.decision import DecisionKind

log = DecisionLog(Path(sys.argv[1]))
sys.stdin.read()
for number in range(int(sys.argv[3])):
    kind = DecisionKind.GUARDRAIL if number % 5 == 0 else DecisionKind.ROUTING
    log.record(replace(DECISION, kind=kind, value=f"{number}", approver=sys.argv[2]))
"""


def _start(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )


def _output_of(process: subprocess.Popen[bytes]) -> str:
    output, _ = process.communicate(timeout=60)
    return output.decode()


@pytest.mark.slow
def test_four_processes_lose_no_line_and_break_no_chain(log: DecisionLog, tmp_path: Path) -> None:
    writers = [
        _start(WRITER, str(tmp_path / "decisions"), f"writer {number}", "50") for number in range(4)
    ]
    for writer in writers:
        _output_of(writer)

    decisions, warnings = log.read("fix-1")
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert (len(decisions), warnings, log.verify()) == (200, [], [])
    for number in range(4):
        mine = [one.value for one in decisions if one.approver == f"writer {number}"]
        assert mine == [f"{value}" for value in range(50)]


def test_threads_lose_no_line_and_break_no_chain(log: DecisionLog) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: log.record(replace(DECISION, value=f"{n}")), range(100)))

    decisions, _ = log.read("fix-1")
    assert {decision.value for decision in decisions} == {f"{number}" for number in range(100)}
    assert log.verify() == []


FULL_DISK = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from engine.audit.decision_log import DecisionLog
from engine.domain.errors import StoreError
from tests.integration.test_audit_decision_log import DECISION

resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
log = DecisionLog(Path(sys.argv[1]))
try:
    log.record(replace(DECISION, value="x" * 3_000))
except StoreError as error:
    print(error)
log.record(replace(DECISION, value="short"))
"""


def test_a_full_disk_is_an_error_and_leaves_no_half_line(log: DecisionLog, tmp_path: Path) -> None:
    log.record(DECISION)

    message = _output_of(_start(FULL_DISK, str(tmp_path / "decisions")))

    assert "fix-1.jsonl" in message
    assert "nothing was done" in message
    assert log.read("fix-1") == ([DECISION, replace(DECISION, value="short")], [])
    assert log.verify() == []


CALLS_OF_A_RECORD = """
import os, sys
from dataclasses import replace
from pathlib import Path
from engine.audit.decision_log import DecisionLog
from tests.integration.test_audit_decision_log import DECISION

log = DecisionLog(Path(sys.argv[1]))
def told(name, call):
    return lambda *arguments: (print(name), call(*arguments))[1]
for name in ("write", "fsync"):
    setattr(os, name, told(name, getattr(os, name)))
for batch in ([DECISION], [DECISION] * 3):
    log.record_many(batch)
    print("returned")
"""


def test_a_batch_is_synced_once_before_it_returns(tmp_path: Path) -> None:
    calls = _output_of(_start(CALLS_OF_A_RECORD, str(tmp_path / "decisions"))).split()

    new_file = ["write", "fsync", "fsync", "fsync", "returned"]
    assert calls == [*new_file, "write", "fsync", "returned"]


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from engine.audit.decision_log import DecisionLog
from tests.integration.test_audit_decision_log import DECISION

log = DecisionLog(Path(sys.argv[1]))
write = os.write
def half(descriptor, block):
    write(descriptor, bytes(block)[: len(block) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
os.write = half
log.record(DECISION)
"""


def test_a_kill_in_the_middle_of_a_line_costs_only_that_line(
    log: DecisionLog, tmp_path: Path
) -> None:
    log.record(DECISION)
    killed = _start(KILLED_WHILE_WRITING, str(tmp_path / "decisions"))
    _output_of(killed)
    log.record(replace(DECISION, value="after"))

    decisions, warnings = log.read("fix-1")
    assert killed.returncode == -signal.SIGKILL
    assert decisions == [DECISION, replace(DECISION, value="after")]
    assert (warnings, log.verify()) == ([], [])
    (healed,) = log.read(None)[0]
    assert (healed.kind, healed.decision) == (DecisionKind.LOG, "healed")
    assert healed.value.startswith("fix-1.jsonl: ")


@pytest.mark.parametrize("obstacle", ["folder", "fifo", "symlink"])
def test_something_else_under_the_name_is_one_clear_error(
    log: DecisionLog, tmp_path: Path, obstacle: str
) -> None:
    path = tmp_path / "decisions" / "fix-1.jsonl"
    path.parent.mkdir()
    outside = tmp_path / "outside"
    if obstacle == "folder":
        path.mkdir()
    elif obstacle == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(outside)

    with pytest.raises(StoreError, match="cannot be written"):
        log.record(DECISION)

    assert not outside.exists()


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "decisions").write_text("in the way")

    with pytest.raises(StoreError, match="cannot be written"):
        DecisionLog(tmp_path / "decisions").record(DECISION)


def test_a_log_that_cannot_be_read_is_one_clear_error(log: DecisionLog, tmp_path: Path) -> None:
    (tmp_path / "decisions" / "fix-1.jsonl").mkdir(parents=True)

    with pytest.raises(StoreError, match="cannot be read"):
        log.read("fix-1")


def test_who_follows_the_log_gets_each_decision_once(log: DecisionLog, tmp_path: Path) -> None:
    kept: list[str] = []

    def look(mark: TrailMark | None) -> TrailMark:
        news = log.news(mark)
        if news.is_afresh:
            kept.clear()
        kept.extend(one.decision.value for one in news.recorded)
        assert news.warnings == ()
        return news.mark

    mark = look(None)
    assert kept == []
    for number in range(6):
        task_id = None if number == 2 else f"fix-{number % 2}"
        kind = DecisionKind.MERGE if number == 3 else DecisionKind.ROUTING
        log.record(replace(DECISION, task_id=task_id, kind=kind, value=f"{number}"))
        if number % 2:
            mark = look(mark)
    assert kept == ["0", "1", "2", "3", "4", "5"]
    assert log.news(mark).recorded == ()

    with (tmp_path / "decisions" / "fix-0.jsonl").open("ab") as file:
        file.write(b'{"hash":"half a line')
    assert log.news(mark).recorded == ()
    os.truncate(file.name, Path(file.name).stat().st_size - 20)
    log.archive(["fix-0"], before="", at=DECISION.at, repo="shop", by="ana")
    look(mark)
    assert [value for value in kept if value.isdecimal()] == ["0", "1", "2", "3", "4", "5"]
