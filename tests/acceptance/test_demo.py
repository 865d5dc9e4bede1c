"""The demo: in the cockpit where nothing is configured, and as a program for scripts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aio_tui.demo.builder import build_sample
from tests.acceptance.program import AIO_TUI, surroundings
from tests.support.repos import make_repo
from tests.support.terminal import WIDE, terminal

pytestmark = pytest.mark.slow


def test_it_opens_where_nothing_is_configured_and_only_there(tmp_path: Path) -> None:
    repo, home = make_repo(tmp_path / "repo", {"a.txt": "a\n"}), tmp_path / "home"
    home.mkdir()
    environment = surroundings(home)
    command = [AIO_TUI, "--or-demo"]
    with terminal(command, folder=repo, environment=environment, size=WIDE) as screen:
        screen.wait_for("larder", "words are scripted", "LAR-101")
    assert not (repo / ".aibrain").exists()
    add = [AIO_TUI, "task", "add", "T-1", "Something of mine"]
    subprocess.run(add, cwd=repo, env=environment, check=True, capture_output=True)
    with terminal(command, folder=repo, environment=environment, size=WIDE) as screen:
        text = screen.wait_for("Something of mine")
        assert "larder" not in text
        screen.send("q")
        assert screen.wait_for_exit() == 0


def test_one_that_was_left_at_work_is_found_again(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    environment = {**surroundings(home), "PS1": "ready> "}
    shell = ["bash", "--norc", "-i"]
    with terminal(shell, folder=elsewhere, environment=environment, size=WIDE) as screen:
        screen.type(f"{AIO_TUI} demo")
        screen.send("Enter")
        screen.wait_for("LAR-101")
        screen.send("C-d")
        screen.wait_for("The run goes on")
        [demo] = home.glob("aio-tui-demo-*")
        screen.wait_for(f"--repo {demo}' shows it again")
        screen.type(f"{AIO_TUI} demo")
        screen.send("Enter")
        screen.wait_for("LAR-101", "attached")
        screen.send("C-d")
        screen.wait_for(f"--repo {demo}' opens this demo again")
        stop = [AIO_TUI, "stop", "--now", "--repo", str(demo)]
        subprocess.run(stop, env=environment, check=True, capture_output=True)
    assert list(home.glob("aio-tui-demo-*")) == [demo]


@pytest.mark.long
def test_it_can_be_scripted_to_its_end(tmp_path: Path) -> None:
    folder, home = tmp_path / "demo", tmp_path / "home"
    home.mkdir()
    build_sample(folder)
    script = folder / ".aibrain/script.json"
    script.write_text(script.read_text().replace('"pace_s": 0.05', '"pace_s": 0'))

    def call(*words: str) -> tuple[int, Any]:
        done = subprocess.run(
            [AIO_TUI, *words, "--json"],
            cwd=home,
            env=surroundings(home),
            capture_output=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout)

    code, summary = call("demo", "--headless", "--folder", str(folder))
    queue = json.loads((folder / "tasks/work_queue_larder.json").read_text())
    asked = [each["id"] for each in summary["escalations"]]
    assert (code, len(asked)) == (3, 1)
    assert {task["task_id"] for task in summary["tasks"]} == {each["id"] for each in queue["tasks"]}
    code, report = call("report", "--repo", str(folder))
    assert (code, [each["id"] for each in report["questions"]]) == (3, asked)
    assert {task["task_id"] for task in report["tasks"]} == {each["id"] for each in queue["tasks"]}
    assert report["counts"]["verified, waiting for you to merge"] == 10
    assert call("escalations", "approve", asked[0], "--repo", str(folder))[0] == 0
    code, summary = call("run", "--headless", "--repo", str(folder))
    states = {task["task_id"]: task["state"] for task in summary["tasks"]}
    assert states.pop("LAR-109") == "failed"
    assert (code, set(states.values())) == (0, {"completed"})
