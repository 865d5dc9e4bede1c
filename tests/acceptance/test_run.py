"""A run in the cockpit, from the key that starts it to the branch it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import site
from tests.support.engines import PYTEST, cure, say
from tests.support.repos import git
from tests.support.terminal import NARROW, WIDE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
def test_a_task_is_mended_and_proved(tmp_path: Path, size: tuple[int, int]) -> None:
    words = " ".join(f"word{number}" for number in range(25))
    script = {"add": [[say(words), cure("add"), say()]]}
    slowly = [{"request": 1, "delta_pause_s": 0.05}]
    with site(tmp_path, script, faults=slowly, checks=PYTEST) as here:
        here.add("add")
        mark = here.repo / "mine.txt"
        mark.write_text("not committed")
        before = git(here.repo, "status", "--porcelain"), git(here.repo, "rev-parse", "HEAD")
        with here.cockpit(size=size) as screen:
            screen.wait_for("1 task is ready: press s to start")
            screen.send("2", "s")
            screen.wait_for("word7")
            assert "word24" not in screen.screen
            screen.wait_for("word24")
            screen.send("3")
            screen.wait_for("PASS", "1 target green", "5 tests executed")
            screen.send("1")
            screen.wait_for("PASS", "⇡ to merge", "0/1 ")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        assert here.state("add") == "completed"
        assert "return a + b" in git(here.repo, "show", "fix/add:sums/add.py")
        assert before == (
            git(here.repo, "status", "--porcelain"),
            git(here.repo, "rev-parse", "HEAD"),
        )
        assert git(here.repo, "branch", "--show-current").strip() == "main"


def test_verified_work_is_merged_and_reverted_by_keys(tmp_path: Path) -> None:
    with site(tmp_path, {"add": [[cure("add"), say()]]}, backend="scripted") as here:
        here.add("add")
        before = git(here.repo, "rev-parse", "HEAD^{tree}")
        with here.cockpit(size=NARROW) as screen:
            screen.wait_for("1 task is ready: press s to start")
            screen.send("s")
            screen.wait_for("⇡ 1 to merge")
            screen.send("m")
            screen.wait_for("✓ merged")
            assert "return a + b" in git(here.repo, "show", "main:sums/add.py")
            screen.send("u")
            screen.wait_for("Revert the merge of add: why?")
            screen.send("slow", "Enter")
            screen.wait_for("y  revert the merge")
            screen.send("y")
            screen.wait_for("■ blocked", "slow")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        assert git(here.repo, "rev-parse", "main^{tree}") == before
        assert "return a + b" in git(here.repo, "show", "fix/add:sums/add.py")
