"""Contracts in real runs: edited while they go, limits kept; and on the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from engine.app.engine import Engine
from engine.app.policies import command, policies_of
from engine.app.standing_in import seen_from_inside
from engine.domain.decision import DecisionKind
from engine.domain.escalation import ApprovalScope, Escalation
from engine.domain.facts import EscalationRaised
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import ApproveEscalation, DenyEscalation
from engine.domain.run import RunOptions
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.verdict import VerdictKind
from engine.domain.work import AgentRole
from engine.governance.judge import judge
from tests.support.engines import (
    Bench,
    append_outside,
    bash,
    cure,
    make_bench,
    say,
    start_cli,
    until_fact,
    until_state,
    until_warning,
)

pytestmark = pytest.mark.slow
ADD = TaskId("add")


def contract(bench: Bench, name: str, text: str) -> Path:
    """Write a contract file, whole, as an editor does."""
    path = bench.brain / "contracts" / name
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path


async def held_back(engine: Engine) -> Escalation:
    """The question that is asked because a contract cannot be read, as soon as it is."""
    while True:
        seq = await engine.last_seq()
        for escalation in await engine.escalations(states=frozenset()):
            if escalation.rule == "contract-unreadable":
                return escalation
        await engine.wait_for_facts(seq)


async def cli(bench: Bench, *words: str) -> tuple[int | None, str, str]:
    program = await start_cli(bench, "contracts", *words)
    out, err = await program.communicate()
    return program.returncode, out.decode(), err.decode()


async def test_an_edit_holds_from_the_next_action_on_and_is_on_record(tmp_path: Path) -> None:
    """The run waits for an answer while the contract is edited: what comes next is judged by it."""
    mark = tmp_path / "mark"
    steps = [append_outside(mark), bash("pytest --version"), cure("add"), say()]
    bench = make_bench(tmp_path, {"add": [steps]})
    contract(bench, "BugFix.yaml", "role: BugFix\n")
    await bench.add("add")

    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        asked = await until_fact(engine, EscalationRaised)
        assert isinstance(asked, EscalationRaised)
        contract(bench, "BugFix.yaml", "role: BugFix\ndeny: [pytest]\n")
        order = ApproveEscalation(escalation_id=EscalationId(asked.escalation_id))
        await engine.give(order, by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        decisions, _ = await engine.decisions(None)
        entries = (await engine.transcript(ADD, 1)).entries
        await engine.end_run()

    changes = [one for one in decisions if one.kind is DecisionKind.CONTRACT_CHANGE]
    assert [one.decision for one in changes] == ["contracts in force", "contracts changed"]
    old, _, new = changes[1].value.partition(" -> ")
    assert old != new
    assert old.startswith("sha256 ")
    refused = [entry.text for entry in entries if entry.kind is EntryKind.GUARD]
    assert any("contract-deny" in text for text in refused)
    assert mark.read_text() == "once\n"


async def test_nothing_is_allowed_while_a_contract_cannot_be_read(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    steps = [append_outside(mark), bash("ls"), cure("add"), say()]
    bench = make_bench(tmp_path, {"add": [steps]})
    await bench.add("add")

    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        asked = await until_fact(engine, EscalationRaised)
        assert isinstance(asked, EscalationRaised)
        half = contract(bench, "BugFix.yaml", "---\nrole: BugFix\n")
        deny = DenyEscalation(escalation_id=EscalationId(asked.escalation_id), reason="no")
        await engine.give(deny, by="olive")
        question = await held_back(engine)
        warning = await until_warning(engine, "BugFix.yaml:")
        half.write_text("---\nrole: BugFix\n...\n", encoding="utf-8")
        order = ApproveEscalation(escalation_id=question.escalation_id, scope=ApprovalScope.TASK)
        refused = await engine.give(order, by="olive")
        assert "asked about each time" in refused.outcome
        await engine.give(ApproveEscalation(escalation_id=question.escalation_id), by="olive")
        item = await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()

    assert "contract" in warning or "half" in warning, warning
    assert "half written" in question.why
    assert question.action.target == "ls"
    assert item.last_verdict is VerdictKind.PASS
    assert not mark.exists()


async def test_a_change_above_the_limit_waits_for_the_operator(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, {"add": [[cure("add"), say()]]})
    contract(bench, "BugFix.yaml", "role: BugFix\nlimits: {changed_lines: 1}\n")
    await bench.add("add")

    await bench.run()
    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(ADD)

    (verdict,) = [point.verdict for point in view.checkpoints]
    assert view.item.state is TaskState.BLOCKED
    assert verdict.kind is VerdictKind.BLOCKED
    assert [reason.message for reason in verdict.reasons] == [
        "the change has 2 lines; the contract allows 1"
    ]


async def test_a_contract_without_money_or_time_lets_no_iteration_begin(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, {"add": [[cure("add"), say()]]})
    contract(bench, "shop.yaml", "project: bench\nlimits: {minutes: 0}\n")
    await bench.add("add")

    await bench.run()

    item = await bench.item("add")
    assert (item.state, item.iteration_count) == (TaskState.FAILED, 0)
    assert "of 0 s" in item.error_log


async def test_explain_says_what_would_happen_in_exactly_these_words(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    contract(bench, "BugFix.yaml", "role: BugFix\nautonomy: L0.5\ndeny: ['git:push']\n")
    contract(bench, "shop.yaml", "project: bench\nextends: hipaa\n")
    contract(bench, "other.yaml", "project: other\ndeny: [ls]\n")

    code, out, err = await cli(bench, "explain", "bugfix", "curl https://x.example", "--json")
    said = json.loads(out)

    assert (code, err) == (0, "")
    assert list(said) == ["outcome", "rule", "effect", "confidence", "why"]
    assert (said["outcome"], said["rule"]) == ("deny", "contract-deny")
    assert "host:*" in said["why"]
    code, out, err = await cli(bench, "explain", "BugFix", "ls")
    assert out.startswith("allow  rule read")
    assert "BugFix.yaml, built-in hipaa, shop.yaml" in out


async def test_explain_reads_one_string_a_line_and_answers_each_at_once(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    program = await start_cli(
        bench, "contracts", "explain", "BugFix", "--stdin", "--no-sandbox", takes_input=True
    )
    assert program.stdin is not None
    assert program.stdout is not None

    answers = []
    for line in (b'"ls"', b'"rm -rf /"', b"ls", b'"a\\ud800\\u0000"', b'"' + b"x;" * 70_000 + b'"'):
        program.stdin.write(line + b"\n")
        answers.append(json.loads(await program.stdout.readline())["outcome"])
    program.stdin.close()

    assert answers == ["allow", "deny", "ask", "ask", "ask"]
    assert await program.wait() == 2


async def test_check_names_each_problem_in_one_line(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    contract(bench, "good.yaml", "role: BugFix\n")
    contract(bench, "bad.yaml", "role: TestFixer\nalow: []\n")
    opened_file = contract(bench, "open.yaml", "role: TestWriter\n")
    opened_file.chmod(opened_file.stat().st_mode | stat.S_IWOTH)

    code, out, err = await cli(bench, "check")

    assert code == 2
    assert out == "ok  good.yaml\n"
    bad, opened = err.splitlines()
    assert "bad.yaml:2: " in bad
    assert "alow" in bad
    assert "open.yaml can be written by everybody" in opened
    code, out, _ = await cli(bench, "check", "--json")
    assert code == 2
    assert json.loads(out)["is_valid"] is False
    code, _, err = await cli(bench, "explain", "BugFix", "ls")
    assert code == 2
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["explain", "Boss", "ls"], "role 'Boss' is unknown"),
        (["explain", "BugFix"], "either a COMMAND or --stdin"),
        (["explain", "BugFix", "ls", "--stdin"], "either a COMMAND or --stdin"),
    ],
)
async def test_a_wrong_call_is_one_line_and_exit_two(
    words: list[str], problem: str, tmp_path: Path
) -> None:
    code, out, err = await cli(make_bench(tmp_path), *words)

    assert (code, out) == (2, "")
    assert problem in err
    assert len(err.splitlines()) == 1


async def test_replay_lists_what_an_edited_contract_would_have_changed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    steps = [append_outside(mark), bash("pytest --version"), bash("rm -rf /"), cure("add"), say()]
    bench = make_bench(tmp_path, {"add": [steps]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        asked = await until_fact(engine, EscalationRaised)
        assert isinstance(asked, EscalationRaised)
        deny = DenyEscalation(escalation_id=EscalationId(asked.escalation_id), reason="no")
        await engine.give(deny, by="olive")
        await until_state(engine, "add", TaskState.COMPLETED)
        await engine.end_run()
    edited = tmp_path / "edited.yaml"
    entries = f"allow: ['line:echo once >> {mark}', 'rule:delete-everything']\n"
    edited.write_text(f"role: BugFix\n{entries}deny: [pytest, 'path:sums/add.py']\n")

    code, out, _ = await cli(bench, "replay", "--against", str(edited), "--json")
    told = json.loads(out)
    _, text, _ = await cli(bench, "replay", "--against", str(edited))

    assert code == 0
    assert (told["actions"], told["changed"], told["stricter"], told["looser"]) == (4, 3, 2, 1)
    assert [
        (change["target"], change["before"]["outcome"], change["after"]["outcome"])
        for change in told["changes"]
    ] == [
        (f"echo once >> {mark}", "ask", "allow"),
        ("pytest --version", "allow", "deny"),
        ("sums/add.py", "allow", "deny"),
    ]
    assert text.splitlines()[-1].startswith("3 of 4 past actions would be judged otherwise")
    assert not (bench.brain / "contracts").exists()


async def test_replay_without_a_past_or_without_a_file_says_so(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)

    code, _, err = await cli(bench, "replay", "--against", "missing.yaml")

    assert code == 2
    assert "missing.yaml" in err
    (tmp_path / "x.yaml").write_text("role: BugFix\n")
    code, out, _ = await cli(bench, "replay", "--against", str(tmp_path / "x.yaml"))
    assert (code, out) == (
        0, "0 of 0 past actions would be judged otherwise: 0 more strictly, 0 less\n"
    )  # fmt: skip


async def test_explain_and_replay_say_what_a_run_would_of_the_operators_checkout(
    tmp_path: Path,
) -> None:
    """Whose absolute path is outside of the worktree in which a task's agent works."""
    bench = make_bench(tmp_path)
    repo, known = bench.settings.repo, policies_of(bench.settings)
    contract_of = known.contract(AgentRole.BUG_FIX)
    worktree = bench.settings.state / "worktrees" / "add"
    worktree.mkdir(parents=True)
    (worktree / "sums").mkdir()
    explain = known.explainer(AgentRole.BUG_FIX)
    for text in (
        f"rm -rf {repo}/sums", f"rm -rf '{repo}'", f"cd {repo} && rm -rf sums", f"ls {repo}",
        f"echo x > {repo}/sums/add.py", f"git -C {repo} status", f"cat {repo}/.env",
        f"sed -i s/a/b/ {repo}/sums/*.py", "rm -rf sums", "echo x > sums/add.py", "rm -rf .",
    ):  # fmt: skip
        action = command(text)
        ran = judge(action, contract=contract_of, worktree=worktree)
        said = explain(action)
        assert (said.outcome, said.rule) == (ran.outcome, ran.rule), text
        assert ".checkout" not in said.why
    assert explain(command(f"rm -rf {repo}/sums")).rule == "delete-outside"
    seen = seen_from_inside(f"rm {worktree}/sums/x {worktree}-2/y; cd {worktree}", worktree)
    assert seen == f"rm ./sums/x {worktree}-2/y; cd ."
