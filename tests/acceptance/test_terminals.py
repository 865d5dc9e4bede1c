"""What reaches the terminal, and where there is none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.acceptance.program import AIO_TUI, site
from tests.support.engines import bash, cure, say
from tests.support.terminal import WIDE, terminal

pytestmark = pytest.mark.slow

ATTACKS = {
    "clear": "\x1b[2J\x1b[3;3Hpwned",
    "clipboard": "\x1b]52;c;cHduZWQ=\x07",
    "link": "\x1b]8;;http://pwned.example/\x1b\\text\x1b]8;;\x1b\\",
    "title": "\x1b]0;pwned\x07",
    "bell": "\x07\x07",
    "c1": "\x9b31mpwned\x9d0;pwned\x9c",
    "bidi": "\u202epwned\u2066\u200b",
    "device": "\x1bP+q544e\x1b\\\x1b[c",
    "markup": "[bold red]pwned[/] [@click=app.quit]x[/]",
}
ALL = " ".join(f"{name} {text}" for name, text in ATTACKS.items())
HARMFUL = re.compile(
    r"\x1b\[3;3H|\x1b\]52|\x1b\]8|\x1b\]0;pwned|\x1bP|\x1b\[c|[\x80-\x9f\u202e\u2066\u200b]|\x07\x07"
)
SHOW = "printf 'printed \\033]52;c;cHduZWQ=\\007 \\033[3;3Hpwned \\233c\\n'"


def test_hostile_text_is_text(tmp_path: Path) -> None:
    script = {"add": [[say(f"said {ALL}"), bash(SHOW), bash("touch $'\\e]0;pwned\\a.py'"),
                       cure("add"), say()]]}  # fmt: skip
    raw = tmp_path / "raw"
    with site(tmp_path, script) as here:
        task = {
            "id": "add",
            "description": f"queued {ALL}",
            "type": "bugfix",
            "priority": 1,
            "tests": ["tests/test_add.py"],
        }
        queue = tmp_path / "queue.json"
        queue.write_text(json.dumps({"project": "bench", "tasks": [task]}))
        done = here.call("task", "import", str(queue))
        assert done.returncode == 0, done.stderr
        with here.cockpit("run", size=WIDE, raw=raw) as screen:
            screen.wait_for("queued clear ␛[2J")
            screen.wait_for("✓ PASS", "0/1 at work")
            screen.send("2", "Tab")
            screen.wait_for("check tests runs")
            screen.send("g")
            screen.wait_for("said clear ␛[2J", "printed ␛]52;c;")
            for tab in "13456":
                screen.send(tab)
            screen.send("q")
            assert screen.wait_for_exit() == 0
            assert "pwned" not in screen.title
        written = raw.read_bytes().decode("utf-8", "surrogateescape")
        assert "queued clear" in written
        assert HARMFUL.findall(written) == []


def test_colour_is_no_need(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with site(tmp_path, {}) as here:
        here.add("add")
        with here.cockpit(raw=raw, NO_COLOR="1") as screen:
            screen.wait_for("1 task is ready", "Mend add")
            screen.send("q")
            assert screen.wait_for_exit() == 0
    colours = set(re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", raw.read_bytes()))
    assert [each for each in colours if len(set(each)) > 1] == []


def test_without_a_fit_terminal_it_says_so_in_one_line(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        done = here.call()
        assert (done.returncode, done.stdout) == (2, "")
        assert "needs a terminal" in done.stderr
        assert len(done.stderr.splitlines()) <= 2
        command, raw = ["env", "TERM=dumb", AIO_TUI], tmp_path / "raw"
        with terminal(command, folder=here.repo, environment=here.environment, raw=raw) as screen:
            assert screen.wait_for_exit() == 2
        assert "TERM is 'dumb'" in raw.read_text()
        assert "\x1b" not in raw.read_text()


def test_standard_error_may_go_elsewhere(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        here.add("add")
        command = ["sh", "-c", f"{AIO_TUI} 2> errors"]
        with terminal(command, folder=here.repo, environment=here.environment) as screen:
            screen.wait_for("Mend add")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        assert (here.repo / "errors").read_text() == ""


TOKEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    r"|\x1bP(?:[^\x1b]|\x1b\x1b)*\x1b\\"  # DCS; tmux passes on what it holds, with ESC halved
    r"|\x1b[ -/]*[0-OQ-Z^-~\\]"
    r"|[^\x1b]+"
)
ASKS = "[notifications]\ndesktop = false\nafter_s = 0.1\naway_s = 0.1\n"
QUIET = 'quiet = "00:00-23:59"\nquiet_least = "none"'


@pytest.mark.parametrize(
    ("settings", "notice"),
    [
        (
            'terminal = "osc777"',
            "\x1b]777;notify;1 question waits for you;bench: add wants to run ",
        ),
        (
            'terminal = "osc9"\nbell = false',
            "\x1b]9;aio-tui: 1 question waits for you: bench: add ",
        ),
        ('terminal = "off"\nbell = false', ""),
        (f'terminal = "osc777"\n{QUIET}', ""),
    ],
    ids=["with the bell", "without the bell", "switched off", "in quiet hours"],
)
def test_a_notice_is_one_whole_sequence_once_or_nothing(
    tmp_path: Path, settings: str, notice: str
) -> None:
    """Within tmux, which passes on what is wrapped for it; between others, of what agents wrote."""
    asked = bash(f"echo once >> {tmp_path / 'mark'} # \x1b]0;pwned\x07\x9d\n")
    raw, heard = tmp_path / "raw", tmp_path / "heard"
    told = "" if "quiet" in settings else f'command = ["sh", "-c", "cat > {heard}"]'
    with site(tmp_path, {"add": [[asked, cure("add"), say()]]}, backend="scripted") as here:
        here.configure(f"{ASKS}{told}\n{settings}")
        here.add("add")
        with here.cockpit("run", size=WIDE, raw=raw, TMUX="a server") as screen:
            screen.wait_for("asks you")
            if told:
                screen.wait_until(heard.exists, "the notice of the other channel")
            if notice:
                screen.wait_until(lambda: b"tmux;" in raw.read_bytes(), "the notice")
            (question,) = here.told("escalations", "list")
            denied = here.call("escalations", "deny", question["id"], "--reason", "no")
            assert denied.returncode == 0, denied.stderr
            screen.wait_for("✓ PASS")
            screen.send("q")
            assert screen.wait_for_exit() == 0
    written = raw.read_bytes().decode("utf-8", "surrogateescape")
    tokens = TOKEN.findall(written)
    assert "".join(tokens) == written, "something is in the midst of a sequence"
    passed_on = [token.replace("\x1b\x1b", "\x1b") for token in tokens if token.startswith("\x1bP")]
    assert len(passed_on) == bool(notice)
    if notice:
        inner = passed_on[0].removeprefix("\x1bPtmux;").removesuffix("\x1b\\")
        assert inner.startswith(notice)
        assert re.fullmatch(r"\x1b\][^\x00-\x1f\x7f-\x9f]+\x07", inner)
    bells = sum(token.count("\x07") for token in tokens if not token.startswith("\x1b"))
    assert bells == ("bell" not in settings and bool(notice))
