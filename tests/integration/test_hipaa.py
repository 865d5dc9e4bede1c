"""Planted secrets and personal data go through a whole run and appear nowhere afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.app import compliance, keeping, selftest
from engine.app.engine import Engine
from engine.domain.errors import ConfigError
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.ids import TaskId
from engine.domain.orders import DenyEscalation, SteerTask
from engine.domain.run import RunOptions
from engine.domain.state import TaskState
from engine.domain.work import AgentRole, MergeState
from engine.governance.contract import Contract
from engine.redaction.redactor import hipaa_redactor, secrets_redactor
from engine.vault.material import write_new_key
from tests.support.engines import (
    SIGNAL,
    Bench,
    cure,
    make_bench,
    say,
    start_cli,
    until_state,
)
from tests.support.engines import bash as bash_step
from tests.support.messages_api import MessagesServer, Reply, replies
from tests.support.repos import git

pytestmark = pytest.mark.slow
ADD = TaskId("add")

PLANTED = {
    "ssn": "123-45-6789",
    "phone": "(555) 234-5678",
    "mail": "jane.doe@example.org",
    "card": "4111 1111 1111 1111",
    "mrn": "00482913",
    "birth date": "1980-02-01",
    "badge": "BADGE-123456",
    "cloud key": "AKIA" + "IOSFODNN7EXAMPLE",
    "token": "ghp_" + "a1B2" * 9,
    "password": "tigertiger9",
    "key": "MIIEowIBAAKCAQEA0123456789",
}
P = PLANTED
CONFIG = """
[hipaa]
enabled = true
key_file = {key}
[hipaa.patterns]
badge = 'BADGE-[0-9]{{6}}'
"""
PEM = f"-----BEGIN PRIVATE KEY-----\n{P['key']}\n-----END PRIVATE KEY-----"


def hipaa_bench(tmp_path: Path, *, backend: str = "scripted") -> Bench:
    """A repository whose files hold what is planted, under HIPAA."""
    bench = make_bench(tmp_path)
    key = tmp_path / "bench.key"
    write_new_key(key, bench.repo)
    bench.configure(backend=backend, more=CONFIG.format(key=json.dumps(str(key))))
    (bench.repo / "notes.txt").write_text(
        f"MRN: {P['mrn']}, DOB {P['birth date']}\npostgres://shop:{P['password']}@db/shop\n{PEM}\n"
    )
    (bench.repo / f"{P['mail']}.txt").write_text("")
    git(bench.repo, "add", "-A")
    git(bench.repo, "commit", "-qm", "notes")
    return bench


def bash(command: str) -> tuple[str, dict[str, str]]:
    return "bash", {"command": command}


def edit(old: str, new: str) -> tuple[str, dict[str, str]]:
    arguments = {"command": "str_replace", "path": "sums/add.py", "old_str": old, "new_str": new}
    return "str_replace_based_edit_tool", arguments


def conversation() -> tuple[Reply, ...]:
    """The first iteration leaks all it can and fails, the second one cures."""
    raising = f"raise ValueError('card {P['card']} of {P['mail']}')"
    return (
        Reply(text=f"I use {P['cloud key']} and call {P['phone']} now.", calls=(bash("ls"),)),
        Reply(text=f"SSN {P['ssn']}\n{PEM}\n", calls=(bash("cat notes.txt"),)),
        Reply(calls=(bash(f"echo {P['badge']} {P['token']}"),)),
        Reply(calls=(bash(f"echo {P['ssn']} >> /opt/aio-hipaa-{P['badge']}"),)),
        Reply(calls=(edit("return a - b", raising),)),
        Reply(text="I am done for now."),
    )


WHOLE = {
    "command": "create",
    "path": "sums/add.py",
    "file_text": "def add(a, b):\n    return a + b\n",
}
CURE = (
    Reply(calls=(("str_replace_based_edit_tool", WHOLE),)),
    Reply(text=f"Done. {SIGNAL}"),
)


def answer_by_iteration(body: Mapping[str, Any]) -> Reply:
    is_first = "Iteration: 1 of" in json.dumps(body)
    return replies(*(conversation() if is_first else CURE))(body)


def holding(folder: Path, planted: str) -> Iterator[str]:
    """Files that hold the text in plain."""
    for path in folder.rglob("*"):
        if path.is_file() and planted.encode() in path.read_bytes():
            yield path.relative_to(folder).as_posix()


async def seen(bench: Bench, *words: str) -> str:
    """What a command shows."""
    program = await start_cli(bench, *words)
    out, err = await program.communicate()
    return out.decode() + err.decode()


async def leaky_run(bench: Bench, server: MessagesServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "no-real-key-here")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    description = f"Mend add: {P['mail']} (SSN {P['ssn']}) is told a wrong sum"
    await bench.add("add", description=description, max_iterations=3)
    async with bench.engine(takes_work=False) as engine:
        await engine.give(SteerTask(task_id=ADD, note=f"ask {P['phone']}"), by="op")
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        async with asyncio.timeout(90):
            asked = await question(engine)
        reason = f"not for {P['badge']}, call {P['phone']}"
        await engine.give(DenyEscalation(escalation_id=asked.escalation_id, reason=reason), by="op")
        async with asyncio.timeout(90):
            await ended(engine)


async def question(engine: Engine) -> Escalation:
    """The first one; the model's library loads before it."""
    while True:
        seq = await engine.last_seq()
        if waiting := await engine.escalations(states=frozenset({EscalationState.OPEN})):
            return waiting[0]
        await engine.wait_for_facts(seq)


async def ended(engine: Engine) -> None:
    """Return once the task is over: two iterations with four runs of pytest."""
    while True:
        seq = await engine.last_seq()
        item = (await engine.task_view(ADD)).item
        if item.state in (TaskState.COMPLETED, TaskState.FAILED):
            return
        await engine.wait_for_facts(seq)


async def test_what_was_planted_is_nowhere_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = hipaa_bench(tmp_path, backend="anthropic")
    async with MessagesServer(answer_by_iteration) as server:
        await leaky_run(bench, server, monkeypatch)
        sent = "\n".join(json.dumps(body) for body in server.bodies)
    assert (await bench.item("add")).state is TaskState.COMPLETED
    assert "[redacted:ssn]" in sent
    shown = "".join(
        [
            await seen(bench, "task", "show", "add", "--json"),
            await seen(bench, "escalations", "list", "--all", "--json"),
        ]
    )
    assert "[redacted:badge]" in shown
    assert "/aio-hipaa-" in shown
    async with bench.engine(takes_work=False) as engine:
        told = repr(await engine.task_view(ADD)) + repr(await engine.decisions(None))
        for iteration in (1, 2):
            told += repr(await engine.transcript(ADD, iteration, limit_bytes=10_000_000))
            told += await engine.session_text(ADD, iteration)
    assert "[redacted:private-key]" in told
    for what, planted in PLANTED.items():
        assert not list(holding(bench.brain, planted)), what
        for place, text in (("requests", sent), ("screen", shown), ("records", told)):
            assert planted not in text, (what, place)
    for plain in ("Mend add", "is told a wrong sum", "test_add failed"):
        assert not list(holding(bench.brain / "state", plain)), plain


async def test_a_wrong_or_missing_key_starts_nothing_and_loses_nothing(tmp_path: Path) -> None:
    bench = hipaa_bench(tmp_path)
    await bench.add("add", "scale")
    key, good = tmp_path / "bench.key", (tmp_path / "bench.key").read_bytes()
    before = {path: path.read_bytes() for path in bench.brain.rglob("*") if path.is_file()}
    key.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        await bench.states()
    write_new_key(key, bench.repo)
    with pytest.raises(ConfigError, match="does not open this state"):
        await bench.run()
    said = await seen(bench, "run", "--headless")
    assert said.count("\n") == 1
    assert "does not open this state" in said
    bench.configure()
    with pytest.raises(ConfigError, match=r"\[hipaa\] is not enabled"):
        await bench.states()
    hipaa = CONFIG.format(key=json.dumps(str(key)))
    bench.configure(more=hipaa)
    key.write_bytes(good)
    after = {path: path.read_bytes() for path in before}
    assert after == before
    assert set(await bench.states()) == {"add", "scale"}


async def test_agents_are_not_set_free_under_hipaa(tmp_path: Path) -> None:
    bench = hipaa_bench(tmp_path)
    folder = bench.brain / "contracts"
    folder.mkdir()
    (folder / "BugFix.yaml").write_text("role: BugFix\nautonomy: L2\n")
    await bench.add("add")
    await bench.run()
    assert (await bench.item("add")).merge_state is MergeState.WAITING
    bench.configure(more="[merge]\npolicy = 'auto'\n" + CONFIG.format(key="'/nowhere'"))
    with pytest.raises(ConfigError, match="a human approves"):
        await bench.states()


async def test_a_placeholder_is_not_written_over_what_it_stands_for(tmp_path: Path) -> None:
    bench = hipaa_bench(tmp_path)
    text = "MRN: [redacted:mrn]\n"
    spoil = {"create": {"path": "notes.txt", "file_text": text}}
    bench.script({"add": [[spoil, {"bash": f"echo '{text}' > notes.txt"}, {"say": "Done."}]]})
    await bench.add("add", max_iterations=1)
    await bench.run()
    head = (await bench.item("add")).head_commit
    assert P["mrn"] in git(bench.repo, "show", f"{head}:notes.txt")
    async with bench.engine(takes_work=False) as engine:
        told = repr(await engine.transcript(ADD, 1))
    assert told.count("would write or run a placeholder") == 2


async def test_state_from_before_is_sealed_and_its_key_changed(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, {"add": [[bash_step(f"echo {P['ssn']}"), cure("add"), say()]]})
    await bench.add("add", description=f"Mend it for {P['ssn']}")
    await bench.run()
    assert list(holding(bench.brain / "state", P["ssn"]))
    old, new = tmp_path / "bench.key", tmp_path / "new.key"
    write_new_key(old, bench.repo)
    write_new_key(new, bench.repo)
    bench.configure(more=CONFIG.format(key=json.dumps(str(old))))
    with pytest.raises(ConfigError, match="aio-tui state seal"):
        await bench.states()
    assert ".aibrain/decisions" in keeping.plain_places(bench.settings)
    first = keeping.seal_state(bench.settings)
    assert first.texts > 0
    assert first.files > 0
    assert keeping.seal_state(bench.settings) == keeping.Sealed(texts=0, files=0)
    assert keeping.plain_places(bench.settings) == []
    assert not list(holding(bench.brain / "state", P["ssn"]))
    assert not list(holding(bench.brain / "decisions", "the configured backend"))
    async with bench.engine(takes_work=False) as engine:
        report = await engine.audit()
    assert report.faults == ()
    assert report.beginning is not None
    assert "was sealed" in report.beginning.decision.reason

    keeping.rekey(bench.settings, new)
    with pytest.raises(ConfigError, match="does not open this state"):
        await bench.states()
    bench.configure(more=CONFIG.format(key=json.dumps(str(new))))
    await bench.add("scale")
    async with bench.engine(takes_work=False) as engine:
        view = await engine.task_view(ADD)
        told = repr(await engine.transcript(ADD, 1)) + await engine.session_text(ADD, 1)
    assert view.item.description == "Mend it for [redacted:ssn]"
    assert "[redacted:ssn]" in told
    assert keeping.plain_places(bench.settings) == []


async def test_the_report_says_what_holds_and_what_agents_and_humans_did(tmp_path: Path) -> None:
    bench = hipaa_bench(tmp_path)
    bench.script({"add": [[bash_step("cat ~/.ssh/id_rsa"), cure("add"), say()]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(RunOptions(stays=True))
        await until_state(engine, "add", TaskState.COMPLETED, TaskState.FAILED)
        good = await compliance.report(engine)
    assert [one for one in good.controls if not one.holds] == []
    assert sum(good.violations["BugFix"].values()) == 1
    assert good.fired.keys() == good.violations["BugFix"].keys()

    (bench.brain / "state" / "transcripts" / "add" / "1.jsonl").chmod(0o644)
    (bench.brain / "session-old-1.md").write_text("in plain")
    program = await start_cli(bench, "compliance", "report", "--json")
    out, _ = await program.communicate()
    told = json.loads(out)
    assert program.returncode == 1
    broken = {one["name"]: one["seen"] for one in told["controls"] if not one["holds"]}
    assert broken.keys() == {"access", "encryption at rest"}
    assert "1.jsonl is open to others" in broken["access"]
    assert "session-old-1.md holds plain text" in broken["encryption at rest"]


def test_a_redactor_or_judge_that_lets_through_is_found_out() -> None:
    gaps = selftest.redaction_gaps(secrets_redactor())
    assert gaps == [
        f"{kind} gets through" for kind in ("ssn", "mrn", "phone", "mail", "birth-date", "card")
    ]
    assert selftest.redaction_gaps(hipaa_redactor({})) == []
    free = Contract(role=AgentRole.BUG_FIX, allow=("sudo true", "rule:privilege"))
    assert any("sudo true" in gap for gap in selftest.guardrail_gaps(free, Path("/nowhere")))
