"""The command line as scripts see it: stdout, stderr and exit codes."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import venv
from pathlib import Path

import pytest

from engine.domain.state import TaskState
from tests.support.cli import Cli
from tests.support.engines import (
    WITHIN_S,
    Bench,
    append_outside,
    bash,
    commands_of,
    cure,
    make_bench,
    say,
    start_cli,
    until_output,
    without_containment,
    worsen,
)
from tests.support.repos import git, make_repo

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@pytest.fixture
def cli(bench: Bench, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(bench.repo, capsys)


def add(cli: Cli, name: str, *more: str) -> None:
    words = ("task", "add", name, f"Mend {name}", "--test", f"tests/test_{name}.py", *more)
    assert cli(*words).code == 0


def test_a_whole_day_on_the_command_line(cli: Cli) -> None:
    add(cli, "add")
    add(cli, "scale", "--depends-on", "add", "--priority", "1")
    listed = cli("task", "list", "--json").document
    assert [(task["task_id"], task["state"]) for task in listed] == [
        ("scale", "queued"),
        ("add", "queued"),
    ]
    ran = cli("run", "--headless", "--json")
    assert ran.code == ran.document["exit_code"] == 0
    assert [task["verdict"] for task in ran.document["tasks"]] == ["PASS", "PASS"]
    shown = cli("task", "show", "add", "--json").document
    assert shown["checkpoints"][0]["verdict"]["verdict"] == "PASS"
    assert cli("verify", "add", "--json").document["verdict"] == "PASS"


def test_a_run_without_json_tells_what_happens_and_ends_with_a_summary(cli: Cli) -> None:
    add(cli, "add")
    said = cli("run", "--headless")
    assert said.code == 0
    assert "The run ended: nothing is left to do" in said.out
    assert "fix/add" in said.out
    assert without_containment(said.err) == ""


def test_a_failed_task_makes_exit_code_1(cli: Cli, bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a"), say()]]})
    add(cli, "add", "--max-iterations", "1")
    said = cli("run", "--headless", "--json")
    assert said.code == 1
    assert said.document["tasks"][0]["state"] == "failed"


def test_a_task_that_a_limit_leaves_in_the_queue_is_not_done(cli: Cli, bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a"), say()], [cure("add"), say()]]})
    add(cli, "add")
    add(cli, "scale")
    for words, code in (
        (("--task-id", "add", "--max-iterations", "1"), 1),
        (("--task-id", "add"), 0),  # nobody asked for the other
    ):
        said = cli("run", "--headless", "--json", *words)
        assert said.code == said.document["exit_code"] == code, said.out
    assert cli("task", "show", "scale", "--json").document["state"] == "queued"


def test_a_question_makes_exit_code_3_and_its_answer_completes_the_task(
    cli: Cli, bench: Bench, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    bench.script({"add": [[append_outside(mark), cure("add"), say()]]})
    add(cli, "add")
    ran = cli("run", "--headless", "--json")
    assert ran.code == 3
    [asked] = cli("escalations", "list", "--json").document
    assert ran.document["escalations"] == [{"id": asked["id"], "task_id": "add"}]
    assert cli("escalations", "show", asked["id"], "--json").document["state"] == "open"
    assert str(mark) in cli("escalations", "show", asked["id"]).out
    assert cli("escalations", "show", "add", "--json").document["id"] == asked["id"]
    assert cli("escalations", "approve", "add", "--json").document[0]["status"] == "applied"
    assert "add asks nothing" in cli.refuses("escalations", "approve", "add")
    assert "approved" in cli.refuses("escalations", "deny", asked["id"], "--reason", "late")
    assert cli("run", "--headless").code == 0
    assert mark.read_text() == "once\n"


def test_a_denial_on_the_command_line_needs_a_reason(cli: Cli) -> None:
    said = cli("escalations", "deny", "esc-1")
    assert said.code == 2
    assert "--reason" in said.err


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("pause", "add"), "paused"),
        (("cancel", "add"), "cancelled"),
        (("prioritize", "add", "0"), "queued"),
        (("steer", "add", "look twice"), "queued"),
        (("override", "add", "PASS", "--reason", "seen"), "completed"),
    ],
)
def test_an_order_is_applied_and_told(cli: Cli, words: tuple[str, ...], state: str) -> None:
    add(cli, "add")
    [record] = cli("task", *words, "--json").document
    assert record["status"] == "applied"
    assert cli("task", "show", "add", "--json").document["state"] == state


def test_a_priority_is_set_raised_and_lowered(cli: Cli) -> None:
    add(cli, "add")
    for words, outcome in (
        (("2",), "priority 2"),
        (("--raise", "1"), "priority 1"),
        (("--lower", "4"), "priority 5"),
    ):
        [record] = cli("task", "prioritize", "add", *words, "--json").document
        assert (record["status"], record["outcome"]) == ("applied", outcome)
    assert cli("task", "show", "add", "--json").document["priority"] == 5
    wrong: tuple[tuple[str, ...], ...] = ((), ("1", "--raise", "1"), ("--lower", "0"))
    for refused in wrong:
        assert cli("task", "prioritize", "add", *refused).code == 2


def test_a_paused_queue_is_not_worked_on_until_it_may_go_on(cli: Cli) -> None:
    add(cli, "add")
    assert cli("task", "pause", "--all").code == 0
    assert "the queue is paused" in cli("status").out
    assert cli("status", "--json").document["is_paused"]
    paused = cli("run", "--headless", "--json")
    assert paused.code == 3
    assert paused.document["end"] == (
        "the queue is paused; let it go on: 'aio-tui task resume --all'"
    )
    assert paused.document["next"]["step"] == "resume_all"
    assert paused.document["tasks"][0]["state"] == "queued"
    said = cli("status")
    assert "UTC: the queue is paused; let it go on" in said.out
    assert cli("task", "resume", "--all").code == 0
    assert not cli("status", "--json").document["is_paused"]
    assert cli("run", "--headless").code == 0
    assert cli("status", "--json").document["last_end"]["cause"] == "nothing is left to do"


def test_a_task_that_has_failed_before_fails_a_run_that_asks_for_it(cli: Cli, bench: Bench) -> None:
    bench.script({"add": [[worsen("add", "a"), say()]]})
    add(cli, "add", "--max-iterations", "1")
    assert cli("run", "--headless").code == 1
    assert cli("run", "--headless").code == 0
    assert cli("run", "--headless", "--task-id", "add").code == 1


def test_paused_goes_on_and_cancelled_is_retried(cli: Cli) -> None:
    add(cli, "add")
    for word, state in (
        ("pause", "paused"),
        ("resume", "queued"),
        ("cancel", "cancelled"),
        ("retry", "queued"),
    ):
        said = cli("task", word, "add")
        assert (said.code, said.err) == (0, "")
        assert cli("task", "show", "add", "--json").document["state"] == state


def test_every_look_prints_one_document_and_plain_lines(cli: Cli) -> None:
    add(cli, "add")
    cli("task", "prioritize", "add", "1")
    looks: tuple[tuple[str, ...], ...] = (
        ("task", "list"),
        ("task", "list", "--state", "queued", "--all-projects"),
        ("task", "show", "add"),
        ("escalations", "list", "--all"),
        ("decisions", "show"),
        ("decisions", "show", "add"),
        ("decisions", "verify"),
        ("config", "show"),
        ("doctor",),
        ("init",),
    )
    for words in looks:
        plain, machine = cli(*words), cli(*words, "--json")
        assert (plain.code, machine.code) == (0, 0), words
        assert plain.out.strip(), words
        assert machine.document is not None
        assert (plain.err, machine.err) == ("", ""), words


def test_a_queue_file_goes_out_and_comes_in(cli: Cli, tmp_path: Path) -> None:
    add(cli, "add")
    add(cli, "scale", "--depends-on", "add")
    file = tmp_path / "queue.json"
    assert cli("task", "export", str(file), "--json").code == 0
    other = make_bench(tmp_path / "other")
    cli.repo = other.repo
    assert cli("task", "import", str(file), "--json").code == 0
    assert {task["task_id"] for task in cli("task", "list", "--json").document} == {"add", "scale"}
    assert "already in the queue" in cli.refuses("task", "import", str(file))


def test_verify_judges_the_branch_that_is_checked_out(cli: Cli, bench: Bench) -> None:
    git(bench.repo, "switch", "-q", "-c", "by-hand")
    wrong = cli("verify", "--base", "main", "--json")
    assert (wrong.code, wrong.document["verdict"]) == (1, "FAIL")
    file = bench.repo / "sums" / "add.py"
    file.write_text(file.read_text().replace("a - b", "a + b"))
    git(bench.repo, "commit", "-qam", "mend")
    right = cli("verify", "--base", "main", "--target", "tests/test_add.py")
    assert right.code == 0
    assert right.out.startswith("PASS")


@pytest.mark.parametrize(
    "words",
    [
        ("task", "show", "nowhere"),
        ("task", "show", "../../x"),
        ("task", "cancel", "nowhere"),
        ("task", "retry", "../../x"),
        ("task", "add", "../../x", "text"),
        ("task", "add", "ok", "   "),
        ("task", "add", "ok", "text", "--type", "magic"),
        ("task", "add", "ok", "text", "--priority", "11"),
        ("task", "add", "ok", "text", "--depends-on", "nowhere"),
        ("task", "add", "ok", "text", "--depends-on", "ok"),
        ("task", "add", "ok", "text", "--backend", "magic"),
        ("task", "list", "--state", "magic"),
        ("task", "import", "nowhere.json"),
        ("run", "--headless", "--task-id", "nowhere"),
        ("run", "--headless", "--task-id", "../../x"),
        ("verify",),
        ("verify", "nowhere"),
        ("verify", "--base", "nowhere"),
        ("verify", "--base=--output=x"),
        ("escalations", "show", "esc-none"),
        ("escalations", "approve", "esc-none"),
        ("decisions", "show", "nowhere"),
        ("decisions", "show", "../../x"),
        ("task", "list", "--project", "../x"),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_line_and_exit_code_2(cli: Cli, words: tuple[str, ...]) -> None:
    cli.refuses(*words)


def test_a_wrong_state_is_one_line_and_exit_code_2(cli: Cli) -> None:
    add(cli, "add")
    assert "is in the queue" in cli.refuses("task", "retry", "add")
    assert "has no recorded" in cli.refuses("verify", "add")


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[1, 2",
        '{"tasks": [{"id": "a"}]}',
        '{"project": "bench", "tasks": [{"id": "a", "description": "d", "depends_on": ["b"]},'
        ' {"id": "b", "description": "d", "depends_on": ["a"]}]}',
    ],
)
def test_a_broken_queue_file_adds_nothing(cli: Cli, tmp_path: Path, text: str) -> None:
    file = tmp_path / "queue.json"
    file.write_text(text)
    cli.refuses("task", "import", str(file))
    assert cli("task", "list", "--json").document == []


def test_a_field_that_is_spelt_nearly_as_a_known_one_is_told_and_kept(
    cli: Cli, tmp_path: Path
) -> None:
    file, out = tmp_path / "queue.json", tmp_path / "out.json"
    task = {"id": "a", "description": "d", "bakend": "y", "depends-on": ["b"], "owner": "kim"}
    file.write_text(json.dumps({"project": "bench", "tasks": [task]}))
    said = cli("task", "import", str(file))
    assert said.code == 0
    assert said.err.splitlines() == [
        "aio-tui: task 'a' has a field 'bakend' that is not known and is only kept;"
        " did you mean 'backend'?",
        "aio-tui: task 'a' has a field 'depends-on' that is not known and is only kept;"
        " did you mean 'depends_on'?",
    ]
    assert cli("task", "export", str(out)).code == 0
    (exported,) = json.loads(out.read_text())["tasks"]
    assert (exported["bakend"], exported["owner"]) == ("y", "kim")


def test_a_folder_inside_a_repository_is_told_where_its_root_is_and_the_doctor_leaves_no_trace(
    cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    inside, empty = Cli(cli.repo / "sums", capsys), Cli(tmp_path / "empty", capsys)
    at_first = sorted(tmp_path.rglob("*"))
    for words in (("status",), ("report",), ("task", "list"), ("init",)):
        line = inside.refuses(*words)
        assert f"is a folder inside the repository '{cli.repo}'; use --repo {cli.repo}" in line
        assert "git init" in empty.refuses(*words)
    for place in (inside, empty):
        assert place("doctor").code == 1
    assert sorted(tmp_path.rglob("*")) == at_first
    assert cli("status", "--json").document["unpriced_calls"] == 0


def test_a_broken_configuration_names_its_line(cli: Cli, bench: Bench) -> None:
    (bench.brain / "aio.toml").write_text("[project]\nname = \n")
    for words in (("run", "--headless"), ("task", "list"), ("config", "show"), ("init",)):
        assert "aio.toml" in cli.refuses(*words)
    assert cli("doctor").code == 1


def test_doctor_finds_an_interpreter_without_pytest(cli: Cli, bench: Bench, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    (bench.repo / "pytest.ini").write_text("[pytest]\n")
    (bench.brain / "aio.toml").write_text(f'[project]\npython = "{bare}/bin/python"\n')
    said = cli("doctor")
    assert said.code == 1
    assert "has no pytest that works; install pytest there" in said.out


def test_doctor_without_a_model_key_names_what_works_without_one(
    cli: Cli, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    bench.configure(backend="anthropic")
    said = cli("doctor").out
    assert "--backend fixer" in said
    assert "aio-tui demo" in said


def test_a_folder_that_is_no_repository_is_refused(cli: Cli, tmp_path: Path) -> None:
    cli.repo = tmp_path / "plain"
    cli.repo.mkdir()
    cli.refuses("init")
    cli.refuses("run", "--headless")
    assert cli("doctor").code == 1


def test_a_repository_without_commits_is_refused(cli: Cli, tmp_path: Path) -> None:
    cli.repo = tmp_path / "new"
    cli.repo.mkdir()
    git(cli.repo, "init", "-q")
    cli.refuses("init")
    cli.refuses("run", "--headless")


def test_a_detached_head_needs_a_base_branch(cli: Cli, bench: Bench) -> None:
    git(bench.repo, "checkout", "-q", "--detach")
    add(cli, "add")
    assert "base_branch" in cli.refuses("run", "--headless")
    text = (bench.brain / "aio.toml").read_text()
    (bench.brain / "aio.toml").write_text(
        text.replace("[project]\n", '[project]\nbase_branch = "main"\n')
    )
    assert cli("run", "--headless").code == 0


def test_a_database_that_is_garbage_is_left_alone(cli: Cli, bench: Bench) -> None:
    database = bench.brain / "state" / "work.db"
    database.parent.mkdir()
    database.write_bytes(b"nothing of a database" * 500)
    before = database.read_bytes()
    cli.refuses("task", "list")
    cli.refuses("run", "--headless")
    assert cli("doctor").code == 1
    assert database.read_bytes() == before


def test_a_database_of_a_newer_version_is_left_alone(cli: Cli, bench: Bench) -> None:
    add(cli, "add")
    database = sqlite3.connect(bench.brain / "state" / "work.db")
    database.execute("PRAGMA user_version = 999")
    database.close()
    assert "999" in cli.refuses("task", "list")
    assert "999" in cli.refuses("run", "--headless")


def test_a_run_without_a_key_ends_with_one_line(
    cli: Cli, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    bench.configure(backend="anthropic")
    add(cli, "add")
    add(cli, "scale")
    said = cli("run", "--headless", "--json")
    assert said.code == said.document["exit_code"] == 2
    [line] = without_containment(said.err).splitlines()
    assert line.startswith("aio-tui: ")
    assert "ANTHROPIC_API_KEY" in line
    assert said.document["counts"] == {"queued": 2}


def test_a_fresh_repository_gets_its_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(tmp_path / "bare", {"a.txt": "a\n"})
    said = Cli(repo, capsys)("init", "--json")
    assert said.code == 0
    assert all(Path(path).is_file() for path in said.document["written"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_run_exits_130_and_the_next_one_completes(
    bench: Bench, number: signal.Signals
) -> None:
    bench.script({"add": [[bash("sleep 60"), cure("add"), say()]]})
    await bench.add("add")
    program = await start_cli(bench, "run", "--headless", "--json")
    async with bench.engine(takes_work=False) as guest:
        await until_output(guest, "add", 1, "sleep 60", program=program)
    program.send_signal(number)
    out, err = await asyncio.wait_for(program.communicate(), WITHIN_S)
    assert program.returncode == 130
    assert json.loads(out)["exit_code"] == 130
    assert without_containment(err.decode()) == ""
    assert not commands_of(bench)
    item = await bench.item("add")
    assert (item.state, item.interruptions) == (TaskState.QUEUED, 0)

    bench.script({"add": [[cure("add"), say()]]})
    again = await start_cli(bench, "run", "--headless")
    await asyncio.wait_for(again.communicate(), WITHIN_S)
    assert again.returncode == 0
    assert (await bench.item("add")).state is TaskState.COMPLETED


async def test_a_second_run_is_refused_while_one_works(bench: Bench) -> None:
    await bench.add("add")
    async with bench.engine():
        program = await start_cli(bench, "run", "--headless")
        out, err = await asyncio.wait_for(program.communicate(), WITHIN_S)
    assert (program.returncode, out) == (2, b"")
    assert err.startswith(b"aio-tui: an engine already runs")


async def test_the_version_is_told_by_the_installed_program(bench: Bench) -> None:
    program = await start_cli(bench, "--version")
    out, _ = await program.communicate()
    assert program.returncode == 0
    assert out.startswith(b"aio-tui ")


def test_an_emergency_stop_needs_now_and_holds_until_it_is_resumed(cli: Cli) -> None:
    add(cli, "add")
    assert "--now" in cli.refuses("stop", "--reason", "smoke")
    said = cli("stop", "--now", "--reason", "smoke")
    assert (said.code, said.out) == (
        0, "everything is halted; let it go on: 'aio-tui task resume --all'\n"
    )  # fmt: skip
    assert cli("run", "--headless", "--json").code == 3
    assert "smoke" in cli.refuses("merge", "run")
    assert cli("task", "resume", "--all").code == 0
    assert cli("run", "--headless", "--json").code == 0


def test_a_task_and_the_queue_are_paused_at_once(cli: Cli) -> None:
    add(cli, "add")
    assert cli("task", "pause", "add", "--now").out == "paused\n"
    for now in ((), ("--now",)):
        assert cli("task", "pause", "--all", *now).out == (
            "nothing runs, and the queue is paused: no run begins anything; let it go on:"
            " 'aio-tui task resume --all'\n"
        )
    assert cli("run", "--headless").code == 3


def test_an_empty_queue_says_what_fills_it_and_init_what_comes_next(cli: Cli) -> None:
    for said in (cli("init"), cli("run", "--headless")):
        assert said.code == 0, said
        assert "aio-tui task add ID TEXT" in said.out
        assert "aio-tui discover" in said.out
    assert "git add .aibrain" in cli("init").out


def test_where_nothing_runs_nobody_is_told_that_a_run_ends_or_goes_on(cli: Cli) -> None:
    assert cli("stop").out == "nothing runs: there is no run to end\n"
    said = cli("task", "resume", "--all")
    assert said.out == (
        "nothing is held now, and nothing runs; 'aio-tui' or 'aio-tui run' begins a run\n"
    )


def test_the_doctor_tells_keys_that_the_cockpit_refuses(cli: Cli, bench: Bench) -> None:
    whats = [each["what"] for each in cli("doctor", "--json").document["findings"]]
    assert "keys" not in whats
    bench.configure(more='[keys]\napprove_onec = ["y"]')
    told = cli("doctor", "--json")
    assert told.code == 1
    [keys] = [each for each in told.document["findings"] if each["what"] == "keys"]
    assert keys["is_problem"]
    assert "'approve_onec'" in keys["state"]
    assert "'approve_once'" in keys["hint"]


def test_limits_and_agent_of_a_task_are_changed(cli: Cli) -> None:
    add(cli, "add")
    said = cli("task", "budget", "add", "--iterations", "-2", "--usd", "2.50", "--tokens", "900")
    assert said.out == "2 iterations fewer\nlimit of money: 2.50 USD\nlimit of tokens: 900\n"
    assert cli("task", "agent", "add", "--model", "m-2").out == "agent as configured, model m-2\n"
    shown = cli("task", "show", "add", "--json").document
    assert (shown["budget"], shown["max_cost_usd"], shown["max_tokens"]) == (13, 2.5, 900)
    assert (shown["backend"], shown["model"]) == (None, "m-2")
    assert "'much' is no amount" in cli.refuses("task", "budget", "add", "--usd", "much")
    assert "'-1' is no number" in cli.refuses("task", "budget", "add", "--tokens=-1")
    assert "nothing is to change" in cli.refuses("task", "agent", "add")
    assert "'gpt'" in cli.refuses("task", "agent", "add", "--backend", "gpt")
    assert "no agent is at work" in cli("task", "message", "add", "hello").out


def test_a_take_over_with_nobody_there_is_named_wherever_one_looks_and_waited_for_no_more(
    cli: Cli, bench: Bench
) -> None:
    bench.configure(more="[escalations]\ntake_over_waits_s = 0")
    add(cli, "add")
    folder = Path(cli("task", "take", "add", "--json").document["folder"])
    with subprocess.Popen(["cat"], cwd=folder, stdin=subprocess.PIPE) as shell:
        (taken,) = cli("status", "--json").document["taken_over"]
        assert (taken["task_id"], taken["is_at_hand"]) == ("add", True)
        assert "somebody is in its worktree" in cli("status").out
        shell.kill()
    assert "nobody is in its worktree: aio-tui task hand-back add" in cli("status").out
    ran = cli("run", "--headless", "--wait-for", "3600")
    assert ran.code == 3
    assert "add is in the hands of " in ran.out
    assert "and nobody is there" in cli("replay").out.splitlines()[-1]
    assert "in the hands of " in cli("report").out
    assert cli("task", "hand-back", "add").code == 0
    assert cli("run", "--headless").code == 0


def test_a_task_is_taken_and_handed_back_by_scripts(cli: Cli) -> None:
    add(cli, "add")
    folder = Path(cli("task", "take", "add", "--json").document["folder"])
    (folder / "mine.txt").write_text("mine\n", "utf-8")
    assert cli("task", "take", "add", "--no-shell").out == f"{folder}\n"
    said = cli("task", "hand-back", "add", "--note", "see mine.txt")
    assert said.out.startswith("queued again with the work of ")
    assert "is in the queue" in cli.refuses("task", "hand-back", "add")
    assert git(cli.repo, "show", "fix/add:mine.txt") == "mine\n"


def test_the_last_order_is_undone(cli: Cli) -> None:
    add(cli, "add")
    assert "nothing to undo" in cli.refuses("undo")
    assert cli("task", "cancel", "add").code == 0
    assert cli("undo").out == "add is in the queue again\n"
    assert "nothing more to undo" in cli.refuses("undo")


def test_wrong_keys_are_told_by_commands_that_need_none_and_refused_by_those_that_do(
    cli: Cli, bench: Bench
) -> None:
    add(cli, "add")
    bench.configure(more='[keys]\nmerge = "x"')
    for words in (["status"], ["config", "show"], ["stop"], ["run", "--headless"]):
        said = cli(*words)
        assert said.code == 0, said.err
        assert said.err.count("[keys] merge is 'x'") == 1
    assert "[keys] merge is 'x'" in cli.refuses("keys")
