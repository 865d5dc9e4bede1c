"""Under HIPAA, what is planted reaches no file, no screen, no terminal byte and no server: also not
while the program runs, and not when it is killed.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.vault.material import write_new_key
from tests.acceptance.program import Site, site
from tests.integration.test_hipaa import CONFIG, PEM, PLANTED
from tests.support.engines import bash, cure, say
from tests.support.repos import git
from tests.support.terminal import WIDE

pytestmark = pytest.mark.slow

P = PLANTED
OWN_CONTENT = ("state/worktrees/", "state/private/")
"""Below `.aibrain`: the target's own files and commits hold what they held."""
COMMANDS = (
    ("report", "--html"),
    ("decisions", "replay", "add", "--json"),
    ("escalations", "list", "--all", "--json"),
    ("task", "export", "exported.json"),
    ("compliance", "report", "--json"),
)


def prepared(here: Site, folder: Path) -> None:
    """HIPAA on, planted data in the target and in the task."""
    key = folder / "bench.key"
    write_new_key(key, here.repo)
    here.bench.configure(backend="anthropic", more=CONFIG.format(key=json.dumps(str(key))))
    here.bench.script_file.unlink()
    text = (
        f"MRN: {P['mrn']}, DOB {P['birth date']}\npostgres://shop:{P['password']}@db/shop\n{PEM}\n"
    )
    (here.repo / "notes.txt").write_text(text)
    git(here.repo, "add", "-A")
    git(here.repo, "commit", "-qm", "notes")
    words = f"Mend add: {P['mail']} (SSN {P['ssn']}) is told a wrong sum"
    done = here.call("task", "add", "add", words, "--test", "tests/test_add.py")
    assert done.returncode == 0, done.stderr


def found_in(here: Site, folder: Path) -> Iterator[str]:
    """Everywhere on disk that holds something planted: every byte of state, home and terminal."""
    for path in folder.rglob("*"):
        if not path.is_file() or path.name in ("served.json", "notes.txt"):
            continue
        if path.is_relative_to(here.repo) and not path.is_relative_to(here.bench.brain):
            continue
        place = path.relative_to(folder).as_posix()
        if any(part in place for part in OWN_CONTENT):
            continue
        content = path.read_bytes()
        yield from (f"{place}: {what}" for what, text in P.items() if text.encode() in content)


def told(here: Site, *words: str) -> str:
    done = here.call(*words)
    return done.stdout + done.stderr


def test_nothing_planted_shows_while_it_runs_when_it_is_killed_or_afterwards(
    tmp_path: Path,
) -> None:
    asks = bash(f"echo {P['ssn']} >> /opt/aio-hipaa-{P['badge']}")
    leaks = say(f"I use {P['cloud key']}, call {P['phone']} and charge {P['card']}.")
    script = {"add": [[leaks, bash("cat notes.txt"), asks, cure("add"), say()]]}
    raw = tmp_path / "terminal"
    with site(tmp_path, script) as here:
        prepared(here, tmp_path)
        with here.cockpit("run", size=WIDE, raw=raw) as screen:
            screen.wait_for("1 waits for you", "asks")
            screen.send("6")
            screen.wait_for("[redacted:ssn]", "[redacted:badge]")
            os.kill(screen.pid, signal.SIGKILL)
            screen.wait_for_exit()
        assert (here.bench.brain / "state" / "work.db-wal").stat().st_size > 0
        assert list(found_in(here, tmp_path)) == []
        assert b"[redacted:ssn]" in raw.read_bytes()

        assert here.call("run", "--headless").returncode == 3
        [asked] = here.told("escalations", "list")
        reason = f"not for {P['badge']}, call {P['phone']}"
        assert here.call("escalations", "deny", asked["id"], "--reason", reason).returncode == 0
        assert here.call("run", "--headless").returncode == 0

        shown = "".join(told(here, *words) for words in COMMANDS)
        sent = "\n".join(here.requests)
        assert list(found_in(here, tmp_path)) == []
    assert "[redacted:phone]" in shown
    assert "[redacted:mrn]" in sent
    for what, text in P.items():
        assert text not in shown, what
        assert text not in sent, what


def test_a_task_is_not_named_after_a_patient(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        prepared(here, tmp_path)
        done = here.call("task", "add", P["ssn"], "Mend it")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert P["ssn"] not in done.stderr
    assert "[redacted:ssn]" in done.stderr
