"""Notices about questions, through real programs and a real server on this machine."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest

from aio_tui.cli.headless import run_headless
from aio_tui.cli.main import main
from engine.app.engine import Engine
from engine.app.presence import last_key
from engine.domain.facts import EscalationRaised, EscalationTold, WarningRaised
from engine.domain.ids import EscalationId
from engine.domain.orders import AcknowledgeEscalation
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import TaskState
from engine.ports.cockpit import ToldNews
from engine.vault.material import write_new_key
from tests.support.engines import (
    Bench,
    append_outside,
    bash,
    cure,
    make_bench,
    say,
    until,
    until_fact,
    until_warning,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated"),  # Apprise's own
]
STAYS = RunOptions(stays=True)
QUICK = "after_s = 0.05\nevery_s = 0.05\nagain_after_s = 0.3\ntimeout_s = 60\ndesktop = false\n"
URLS = "AIO_TUI_NOTIFY_URLS"


class Webhook:
    """What a server on this machine was sent."""

    def __init__(self) -> None:
        self.got: list[dict[str, object]] = []
        self.hold = threading.Event()
        """Answers nothing until it is set."""
        self.hold.set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append(json.loads(body))
                hook.hold.wait(30)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"json://kim:hunter2@127.0.0.1:{self.server.server_address[1]}/x"


@contextmanager
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    thread = threading.Thread(target=hook.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.hold.set()
        hook.server.shutdown()
        hook.server.server_close()
        thread.join()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    steps = [append_outside(tmp_path / "mark"), cure("add"), say()]
    return make_bench(tmp_path, {"add": [steps], "scale": [steps]})


def command_of(tmp_path: Path, body: str) -> str:
    """An executable with this shell body, as a list of words for aio.toml."""
    program = tmp_path / "tell"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return json.dumps([str(program)])


def heard_by(heard: Path) -> str:
    """What the command was told."""
    return heard.read_text()


async def asked(engine: Engine) -> EscalationId:
    fact = await until_fact(engine, EscalationRaised)
    assert isinstance(fact, EscalationRaised)
    return EscalationId(fact.escalation_id)


async def told(engine: Engine) -> list[EscalationTold]:
    entries = await engine.facts_after(0, limit=10_000)
    return [entry.fact for entry in entries if isinstance(entry.fact, EscalationTold)]


async def warnings(engine: Engine) -> list[str]:
    entries = await engine.facts_after(0, limit=10_000)
    texts = [entry.fact.text for entry in entries if isinstance(entry.fact, WarningRaised)]
    return [text for text in texts if "notifications" in text]


async def test_a_command_and_a_webhook_hear_of_a_question_until_it_is_acknowledged(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = tmp_path / "heard"
    command = command_of(tmp_path, f"cat >> {heard}; echo >> {heard}")
    bench.configure(more=f"[notifications]\n{QUICK}command = {command}")
    await bench.add("add")
    with webhook() as hook:
        monkeypatch.setenv(URLS, hook.url)
        async with bench.engine() as engine:
            engine.start(STAYS)
            escalation_id = await asked(engine)

            async def is_reminded() -> bool:
                return len(hook.got) >= 2 and len(heard.read_text().splitlines()) >= 2

            await until(is_reminded)
            await engine.give(AcknowledgeEscalation(escalation_id=escalation_id), by="kim")
            number = len(await told(engine))
            await asyncio.sleep(0)
            await engine.end_run()
            assert len(await told(engine)) == number
            assert await warnings(engine) == []
    said = json.loads(heard.read_text().splitlines()[0])
    assert said["questions"][0]["id"] == escalation_id
    assert f"escalations approve {escalation_id}" in said["text"]
    assert said["repo"] == str(bench.repo)
    assert "1 question waits for you: bench" in str(hook.got[0]["title"])
    assert str(escalation_id) in str(hook.got[0]["message"])


async def test_a_run_that_ends_with_questions_tells_at_once(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = "[notifications]\nafter_s = 3600\ntimeout_s = 60\ndesktop = false"
    bench.configure(more=patient, parallel=2)
    await bench.add("add", "scale")
    with webhook() as hook:
        monkeypatch.setenv(URLS, hook.url)
        assert await bench.run() is RunEnd.WAITING
        assert len(hook.got) == 1
        assert "2 questions wait for you" in str(hook.got[0]["title"])
        assert await bench.run() is RunEnd.WAITING
        assert len(hook.got) == 1


async def test_while_somebody_is_at_a_cockpit_nobody_is_told(bench: Bench, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    command = command_of(tmp_path, f"cat >> {heard}")
    bench.configure(more=f"[notifications]\n{QUICK}command = {command}")
    await bench.add("add")
    async with bench.engine() as engine:
        await engine.note_key()
        assert last_key(bench.settings.state) is not None
        engine.start(STAYS)
        await asked(engine)
        await engine.end_run()
        assert await told(engine) == []
    assert not heard.exists()
    async with bench.engine() as engine:
        await engine.leave_post()
        await until_fact(engine, EscalationTold)


async def test_what_fails_or_hangs_is_warned_of_once_and_holds_nothing(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = command_of(tmp_path, "echo no such room >&2; exit 3")
    quick = QUICK.replace("timeout_s = 60", "timeout_s = 0.2")
    bench.configure(more=f"[notifications]\n{quick}command = {command}")
    await bench.add("add")
    with webhook() as hook:
        hook.hold.clear()
        monkeypatch.setenv(URLS, hook.url)
        async with bench.engine() as engine:
            engine.start(STAYS)
            await until_warning(engine, "tell ended with exit code 3: no such room")
            await until_warning(engine, "apprise: it took longer than 0.2 s and was given up")
            seen = len(await told(engine))

            async def is_told_again() -> bool:
                return len(await told(engine)) >= seen + 2

            await until(is_told_again)
            assert len(await warnings(engine)) == 2
            await engine.end_run()


async def test_a_test_says_per_channel_what_happened_and_shows_no_url(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "urls"
    bench.configure(
        more=f'[notifications]\ndesktop = false\napprise_file = "{file}"\ntimeout_s = 60'
    )
    with webhook() as hook:
        file.write_text(f"# mine\n{hook.url}\n")
        file.chmod(0o644)
        async with bench.engine(takes_work=False) as engine:
            off, none, shared = await engine.try_notifications()
            assert (off.is_off, off.told) == (True, "desktop = false")
            assert (none.is_off, none.told) == (True, "no command is configured")
            assert "may be read or written by others" in shared.told
            file.chmod(stat.S_IRUSR | stat.S_IWUSR)
            assert (await engine.try_notifications())[2].is_sent
            assert "A test of aio-tui" in str(hook.got[0]["title"])
            file.write_text("json://kim:hunter2@127.0.0.1:1/x\nnonsense://hunter2\n")
            failed = (await engine.try_notifications())[2]
        assert not failed.is_sent
        assert "2 of 2 services: JSON (URL 1) did not take it; URL 2 is none" in failed.told
        assert "hunter2" not in failed.told


def test_the_command_prints_what_happened_in_each_channel(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = tmp_path / "heard"
    command = command_of(tmp_path, f"cat > {heard}")
    bench.configure(more=f"[notifications]\ndesktop = false\ncommand = {command}")
    assert main(["notify", "test", "--repo", str(bench.repo), "--json"]) == 0
    found = {each["channel"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["command"]["is_sent"]
    assert found["terminal"]["told"] == "there is no terminal here"
    assert "AIO_TUI_NOTIFY_URLS is not set" in found["apprise"]["told"]
    assert json.loads(heard.read_text())["title"] == "A test of aio-tui"
    bench.configure(more="[notifications]\ndesktop = false")
    assert main(["notify", "test", "--repo", str(bench.repo)]) == 1
    assert "no command is configured" in capsys.readouterr().out


async def test_under_hipaa_a_notice_names_the_task_and_nothing_of_the_action(
    bench: Bench, tmp_path: Path
) -> None:
    key, heard = tmp_path / "key", tmp_path / "heard"
    write_new_key(key, bench.repo)
    command = command_of(tmp_path, f"cat > {heard}")
    hipaa = f"[hipaa]\nenabled = true\nkey_file = {json.dumps(str(key))}"
    bench.configure(more=f"{hipaa}\n[notifications]\ndesktop = false\ncommand = {command}")
    bench.script({"add": [[bash("echo 'Ann Smith, SSN 219-09-9999' >> /srv/x"), say()]]})
    await bench.add("add")
    assert await bench.run() is RunEnd.WAITING
    said = heard_by(heard)
    assert '"task_id":"add"' in said
    assert not any(part in said for part in ("219-09", "Smith", "echo", "/srv/x", "write-outside"))


async def test_who_is_away_hears_that_a_task_failed_and_that_the_run_has_ended(
    tmp_path: Path,
) -> None:
    bench = make_bench(tmp_path, {"add": [[say()]], "scale": [[cure("scale"), say()]]})
    heard = tmp_path / "heard"
    command = command_of(tmp_path, f"cat >> {heard}; echo >> {heard}")
    slow = f"[notifications]\nafter_s = 3600\ndesktop = false\ncommand = {command}"
    bench.configure(more=f"[budgets.iterations]\nBugFix = 1\n{slow}")
    await bench.add("add", "scale")
    assert await bench.run() is RunEnd.DRAINED
    assert (await rung_for(bench)).headline == "1 task failed, the run has ended"
    [told_at_once] = [json.loads(text) for text in heard.read_text().splitlines()]
    kinds = {(one["kind"], one["task_id"]) for one in told_at_once["news"]}
    assert kinds == {("failed", "add"), ("run ended", None)}
    assert "task show add" in told_at_once["text"]
    assert "report" in told_at_once["text"]
    async with bench.engine():
        pass
    assert len(heard.read_text().splitlines()) == 1


async def rung_for(bench: Bench) -> ToldNews:
    """What terminals have rung for."""
    async with bench.engine(takes_work=False) as guest:
        news = (await guest.overview()).news
    assert news is not None
    return news


async def test_a_spent_budget_is_told_as_such_and_can_be_switched_off(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, {"add": [[say()]], "scale": [[say()]]})
    heard = tmp_path / "heard"
    command = command_of(tmp_path, f"cat >> {heard}; echo >> {heard}")
    wanted = f"[notifications]\nrun_end = false\ndesktop = false\ncommand = {command}"
    bench.configure(more=f"[budgets]\ntask_wall_clock_s = 0.001\n{wanted}")
    await bench.add("add")
    assert await bench.run() is RunEnd.DRAINED
    [said] = [json.loads(text) for text in heard.read_text().splitlines()]
    assert [(one["kind"], one["task_id"]) for one in said["news"]] == [("budget spent", "add")]
    assert "raise it: task_wall_clock_s under [budgets]" in said["text"]
    rung = await rung_for(bench)
    assert rung.headline == "the budget of 1 task is spent"
    assert rung.about.startswith("add: the task has taken ")
    bench.configure(more=f"[budgets]\ntask_wall_clock_s = 0.001\n{wanted}\nbudget = false")
    await bench.add("scale")
    assert await bench.run() is RunEnd.DRAINED
    assert await rung_for(bench) == rung


async def test_a_run_without_a_screen_rings_its_terminal_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench(tmp_path, {"add": [[cure("add"), say()]]})
    bench.configure(more="[notifications]\ndesktop = false")
    await bench.add("add")
    ears = Ears()
    monkeypatch.setattr(sys, "stderr", ears)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("TMUX", raising=False)
    assert await run_headless(bench.settings, RunOptions(), as_json=True) == 0
    title = "aio-tui: the run has ended: bench: nothing is left to do"
    assert ears.getvalue().count(f"\x1b]9;{title}\x07\x07") == 1


class Ears(StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


async def test_who_is_there_when_the_run_ends_is_told_nothing(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, {"add": [[cure("add"), say()]]})
    heard = tmp_path / "heard"
    command = command_of(tmp_path, f"cat >> {heard}")
    bench.configure(more=f"[notifications]\ndesktop = false\ncommand = {command}")
    await bench.add("add")
    async with bench.engine() as engine:
        await engine.run(RunOptions())
        await engine.note_key()
    assert (await bench.item("add")).state is TaskState.COMPLETED
    assert not heard.exists()
