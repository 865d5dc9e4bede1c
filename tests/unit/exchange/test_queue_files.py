from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import ConfigError, DependencyError
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.work import AgentRole, NewTask, TaskType, Team, WorkItem
from engine.exchange import read_entries, read_queue, write_queue

MOMENT = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)


def put(path: Path, value: Any) -> Path:
    file = path / "work_queue_shop.json"
    file.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return file


def item(task_id: str, **changes: Any) -> WorkItem:
    plain = WorkItem(
        task_id=TaskId(task_id),
        project="shop",
        description="repair it",
        type=TaskType.BUGFIX,
        role=AgentRole.BUG_FIX,
        team=Team.QA,
        branch=f"fix/{task_id}",
        priority=5,
        state=TaskState.QUEUED,
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(plain, **changes)


FULL = {
    "id": "BUG-1",
    "description": "repair it",
    "type": "bug",
    "agent": "bug_fix",
    "branch": "fix/null-price",
    "priority": "P1",
    "depends_on": ["BUG-0"],
    "file": "src/price.py",
    "files": ["src/price.py", "src/order.py"],
    "tests": "tests/test_price.py::test_null[a/../b]",
    "backend": "fixer",
    "max_iterations": 4,
    "complexity": "simple",
    "estimated_value_usd": 50,
    "source": {"line": 12, "tool": "pytest"},
    "error": None,
}


def test_every_known_field_is_understood_and_the_rest_is_kept(tmp_path: Path) -> None:
    assert read_queue(put(tmp_path, {"project": "shop", "tasks": [FULL]}), project="shop") == [
        NewTask(
            task_id=TaskId("BUG-1"),
            project="shop",
            description="repair it",
            type=TaskType.BUGFIX,
            role=AgentRole.BUG_FIX,
            branch="fix/null-price",
            priority=1,
            depends_on=(TaskId("BUG-0"),),
            files=("src/price.py", "src/order.py"),
            tests=("tests/test_price.py::test_null[a/../b]",),
            backend="fixer",
            max_iterations=4,
            complexity="simple",
            estimated_value_usd=50.0,
            metadata={"source": {"line": 12, "tool": "pytest"}, "error": None},
        )
    ]


def test_a_bare_list_with_the_least_is_enough(tmp_path: Path) -> None:
    file = put(tmp_path, [{"id": "A", "description": "repair it", "branch": None}])
    assert read_queue(file, project="shop") == [
        NewTask(task_id=TaskId("A"), project="shop", description="repair it")
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(0, 0), (9, 9), ("P0", 0), ("p9", 9), ("3", 3), ("critical", 0), ("High", 2), ("low", 8)],
)
def test_priorities_have_many_spellings(tmp_path: Path, raw: object, expected: int) -> None:
    file = put(tmp_path, [{"id": "A", "description": "d", "priority": raw}])
    assert read_queue(file, project="shop")[0].priority == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("bug", TaskType.BUGFIX),
        ("Bug-Fix", TaskType.BUGFIX),
        ("lint", TaskType.CODE_QUALITY),
        ("code_quality", TaskType.CODE_QUALITY),
        ("test fix", TaskType.TEST_FIX),
        ("FEATURE", TaskType.FEATURE),
        ("tests", TaskType.TEST),
    ],
)
def test_types_have_many_spellings(tmp_path: Path, raw: str, expected: TaskType) -> None:
    file = put(tmp_path, [{"id": "A", "description": "d", "type": raw}])
    assert read_queue(file, project="shop")[0].type is expected


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": "../../x"}, "task 2 ('../../x') has field 'id' '../../x', expected 1 to 80 letters"),
    ({"id": 7}, "field 'id' 7"),
    ({"id": None}, "field 'id' missing"),
    ({"description": None}, "task 2 ('B') has field 'description' missing"),
    ({"description": " "}, "field 'description' ' ', expected a text that is not empty"),
    ({"type": "epic"}, "field 'type' 'epic', expected one of bugfix, codequality"),
    ({"agent": "Plumber"}, "field 'agent' 'Plumber', expected one of BugFix"),
    ({"agent": 3}, "field 'agent' 3"),
    ({"priority": 10}, "field 'priority' 10, expected 0 (most urgent) to 9"),
    ({"priority": True}, "field 'priority' True"),
    ({"priority": "P10"}, "field 'priority' 'P10'"),
    ({"priority": "²"}, "field 'priority'"),
    ({"priority": 10**300}, "field 'priority' a huge number"),
    ({"branch": "-f"}, "field 'branch' '-f'"),
    ({"branch": "a..b"}, "field 'branch' 'a..b'"),
    ({"branch": "fix/x.lock"}, "field 'branch' 'fix/x.lock'"),
    ({"file": "/etc/passwd"}, "field 'file' '/etc/passwd', expected paths relative"),
    ({"files": ["ok.py", "../secret"]}, "field 'files'"),
    ({"tests": ["--co"]}, "field 'tests' ['--co']"),
    ({"tests": [["a"]]}, "field 'tests' [['a']]"),
    ({"depends_on": "no good"}, "field 'depends_on' 'no good'"),
    ({"depends_on": {"A": 1}}, "expected a task id or a list of task ids"),
    ({"status": "sleeping"}, "field 'status' 'sleeping', expected one of blocked, cancelled"),
    ({"state": "asleep"}, "field 'state' 'asleep'"),
    ({"state": []}, "field 'state' []"),
    ({"max_iterations": 0}, "field 'max_iterations' 0, expected a whole number from 1"),
    ({"max_iterations": 2.0}, "field 'max_iterations' 2.0"),
    ({"estimated_value_usd": -1}, "field 'estimated_value_usd' -1"),
    ({"estimated_value_usd": 10**400}, "field 'estimated_value_usd' a huge number"),
    ({"complexity": 5}, "field 'complexity' 5"),
    ({"metadata": []}, "field 'metadata' [], expected an object"),
    ({"progress": {"a": {}}}, "field 'progress' {'a': {}}, expected an object of plain values"),
    ({"project": "other"}, "field 'project' 'other', expected 'shop'"),
    ({"note": "\ud800"}, "field 'note' that holds half a character"),
    ({"\udfff": 1}, "holds half a character"),
    ({"id": "A"}, "task 2 ('A') has field 'id' of task 1 again, expected an id of its own"),
]


@pytest.mark.parametrize(("wrong", "expected"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_a_wrong_field_is_told_with_task_field_seen_and_expected(
    tmp_path: Path, wrong: dict[str, Any], expected: str
) -> None:
    tasks = [{"id": "A", "description": "d"}, {"id": "B", "description": "d", **wrong}]
    with pytest.raises(ConfigError) as caught:
        read_entries(put(tmp_path, tasks), project="shop")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    str(caught.value).encode()


def test_several_faults_are_told_at_once_but_not_all_of_thousands(tmp_path: Path) -> None:
    file = put(tmp_path, [{"id": f"T-{n}"} for n in range(1000)])
    with pytest.raises(ConfigError) as caught:
        read_queue(file, project="shop")
    assert str(caught.value).count("field 'description' missing") == 5
    assert "and 995 more" in str(caught.value)


HOSTILE = [
    (b"", "line 1, column 1: is not JSON"),
    (b'{"tasks": [\n  {"id": }]}', "line 2, column 10: is not JSON"),
    (b'[{"id": "A"}\n,\xff]', "line 2, byte 14 is not UTF-8"),
    ("[]".encode("utf-16"), "is not UTF-8"),
    (b"[" * 100_000, "is nested too deeply"),
    (b'[{"id": "A", "description": "d", "x": NaN}]', "NaN is no JSON number"),
    (b'[{"id": "A", "description": "d", "x": -Infinity}]', "-Infinity is no JSON number"),
    (b'[{"id": "A", "description": "d", "x": 1e999}]', "number 1e999 is out of range"),
    (b'[{"id": "A", "description": "d", "x": ' + b"9" * 5000 + b"}]", "Exceeds the limit"),
    (b'[{"id": "A", "id": "B", "description": "d"}]', "key 'id' stands 2 times"),
    (b'[{"id": "A", "description": "d", "x": ' + b"[" * 65 + b"]" * 65 + b"}]", "64 levels"),
    (b'"tasks"', "holds no list of tasks"),
    (b"{}", "holds no list of tasks"),
    (b"[[]]", "task 1 (without id) has the value [], expected an object"),
    (b'{"project": "other", "tasks": []}', "is of project 'other', not 'shop'"),
    (b'{"project": null, "tasks": []}', "is of project None"),
]


@pytest.mark.parametrize(("raw", "expected"), HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_a_hostile_file_gives_one_clear_line(tmp_path: Path, raw: bytes, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_queue(put(tmp_path, raw), project="shop")
    assert expected in str(caught.value)
    assert "work_queue_shop.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.json: cannot be read \(No such file"):
        read_queue(tmp_path / "absent.json", project="shop")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = put(tmp_path, b'\xef\xbb\xbf[{"id": "A", "description": "d"}]')
    assert [task.task_id for task in read_queue(file, project="shop")] == ["A"]


def test_a_circle_is_refused_and_shown(tmp_path: Path) -> None:
    tasks = [
        {"id": "A", "description": "d", "depends_on": ["B"]},
        {"id": "B", "description": "d", "depends_on": ["C", "elsewhere"]},
        {"id": "C", "description": "d", "depends_on": "B"},
    ]
    with pytest.raises(DependencyError, match="B -> C -> B"):
        read_queue(put(tmp_path, tasks), project="shop")


def test_a_long_chain_is_no_circle_and_a_long_circle_is_told_briefly(tmp_path: Path) -> None:
    tasks: list[dict[str, Any]] = [
        {"id": f"T{n}", "description": "d", "depends_on": f"T{n + 1}"} for n in range(5000)
    ]
    assert len(read_queue(put(tmp_path, tasks), project="shop")) == 5000
    tasks.append({"id": "T5000", "description": "d", "depends_on": "T0"})
    with pytest.raises(DependencyError) as caught:
        read_queue(put(tmp_path, tasks), project="shop")
    assert "T0 -> T1 ->" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_done_tasks_are_left_out_and_what_waited_for_them_may_start(tmp_path: Path) -> None:
    tasks = [
        {"id": "A", "description": "d", "status": "Done"},
        {"id": "B", "description": "d", "depends_on": ["A", "C"]},
        {"id": "C", "description": "d", "status": "in-progress"},
        {"id": "D", "description": "d", "status": "cancelled"},
    ]
    file = put(tmp_path, tasks)
    todo = read_queue(file, project="shop")
    assert [(task.task_id, task.depends_on) for task in todo] == [("B", ("C",)), ("C", ())]
    assert todo[1].metadata == {"imported": {"status": "in_progress"}}
    assert [entry.is_done for entry in read_entries(file, project="shop")] == [
        True,
        False,
        False,
        True,
    ]


def test_an_export_names_the_task_that_a_branch_came_of(tmp_path: Path) -> None:
    file = tmp_path / "queue.json"
    branch = item("B", branched_from=TaskId("A"), branched_at=2)
    write_queue(file, [branch], project="shop")
    [told] = json.loads(file.read_text())["tasks"]
    assert (told["progress"]["branched_from"], told["progress"]["branched_at"]) == ("A", 2)
    assert [task.task_id for task in read_queue(file, project="shop")] == ["B"]


def test_an_export_names_status_state_and_progress(tmp_path: Path) -> None:
    file = tmp_path / "tasks" / "work_queue_shop.json"
    waiting = item(
        "B",
        state=TaskState.WAITING,
        iteration_count=2,
        error_log="asked",
        files=("ä.py",),
        metadata={"zeta": 1, "alpha": [None, 1.5], "status": "mine"},
    )
    write_queue(file, [waiting, item("A", files=("a.py", "b.py"))], project="shop")
    assert file.read_text(encoding="utf-8") == (
        """\
{
  "project": "shop",
  "tasks": [
    {
      "id": "A",
      "description": "repair it",
      "type": "bugfix",
      "status": "pending",
      "state": "queued",
      "agent": "BugFix",
      "branch": "fix/A",
      "priority": 5,
      "files": [
        "a.py",
        "b.py"
      ],
      "progress": {
        "created_at": "2026-01-05T22:00:00+00:00",
        "updated_at": "2026-01-05T22:00:00+00:00"
      }
    },
    {
      "id": "B",
      "description": "repair it",
      "type": "bugfix",
      "status": "blocked",
      "state": "waiting_for_operator",
      "agent": "BugFix",
      "branch": "fix/B",
      "priority": 5,
      "file": "ä.py",
      "progress": {
        "iteration_count": 2,
        "error_log": "asked",
        "created_at": "2026-01-05T22:00:00+00:00",
        "updated_at": "2026-01-05T22:00:00+00:00"
      },
      "alpha": [
        null,
        1.5
      ],
      "zeta": 1,
      "metadata": {
        "status": "mine"
      }
    }
  ]
}
"""
    )


def test_an_export_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "queue.json"
    write_queue(file, [item("A")], project="shop")
    before = file.read_bytes()
    for wrong in (
        item("B", project="other"),
        item("B", metadata={"x": float("nan")}),
        item("B", metadata={"x": {1: "number as key"}}),
        item("B", metadata={"x": MOMENT}),
    ):
        with pytest.raises(ConfigError, match="'B'"):
            write_queue(file, [wrong], project="shop")
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_an_export_into_a_place_that_is_no_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_queue(tmp_path / "file" / "queue.json", [], project="shop")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_queue(tmp_path / "folder", [], project="shop")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_an_export_keeps_links_and_permissions(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("[]")
    real.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(real)
    write_queue(link, [item("A")], project="shop")
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert [task.task_id for task in read_queue(real, project="shop")] == ["A"]
