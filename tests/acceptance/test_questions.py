"""An agent asks, and the operator answers at the keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import answer, site
from tests.support.engines import append_outside, cure, say
from tests.support.terminal import NARROW, WIDE

pytestmark = pytest.mark.slow


def test_a_denial_and_an_approval_reach_the_agent(tmp_path: Path) -> None:
    refused, allowed = tmp_path / "refused", tmp_path / "allowed"
    script = {"add": [[append_outside(refused), append_outside(allowed), cure("add"), say()]]}
    with site(tmp_path, script) as here:
        here.add("add")
        with here.cockpit("run", size=WIDE) as screen:
            screen.wait_for("1 waits for you", "asks")
            assert screen.title.startswith("(1) ")
            screen.send("6")
            screen.wait_for("Question 1 of 1", f"echo once >> {refused}", "write-outside")
            answer(screen, "d", "what shall the agent know?")
            screen.type("not there, ever")
            screen.send("Enter")
            screen.wait_for("Question 1 of 1", f"echo once >> {allowed}")
            assert any("not there, ever" in body for body in here.requests)
            answer(screen, "a", "0 wait for you", "✓ PASS", "0/1 at work")
            screen.wait_until(lambda: not screen.title.startswith("("), "the count to leave")
            screen.send("q")
            assert screen.wait_for_exit() == 0
        assert (refused.exists(), allowed.read_text()) == (False, "once\n")
        assert here.state("add") == "completed"


def test_a_second_cockpit_shows_and_orders_the_same(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = {"add": [[append_outside(mark), cure("add"), say()]]}
    with site(tmp_path, script) as here:
        here.add("add", "most")
        assert here.call("task", "pause", "most").returncode == 0
        with here.cockpit("run") as first:
            first.wait_for("1 waits for you")
            with here.cockpit(size=WIDE) as second:
                second.wait_for("attached", "1 waits for you", "Mend most")
                answer(second, "a", "✓ PASS", "0 wait for you", "0/1 at work")
                first.wait_for("PASS", "0 wait for you")
                second.send("Space")
                second.wait_for("paused · bench")
                first.wait_for("paused · bench")
                second.send("q")
                assert second.wait_for_exit() == 0
            first.send("Space")
            first.wait_for("idle · bench")
            first.send("q")
            assert first.wait_for_exit() == 0
        assert mark.read_text() == "once\n"
        assert (here.state("add"), here.state("most")) == ("completed", "paused")


def test_sizes_change_while_it_runs(tmp_path: Path) -> None:
    script = {"add": [[append_outside(tmp_path / "mark"), cure("add"), say()]]}
    with site(tmp_path, script, backend="scripted") as here:
        here.add("add")
        with here.cockpit("run") as screen:
            screen.wait_for("1 waits")
            for size in ((40, 15), WIDE, (20, 5), NARROW, (40, 15)):
                screen.resize(size)
                screen.send("6", "Tab", "1", "Tab")
            screen.resize(WIDE)
            screen.send("6")
            screen.wait_for("write-outside", "approve for this task")
            answer(screen, "a", "0 wait for you")
            screen.resize((40, 15))
            screen.send("1")
            screen.wait_for("0 wait", "PASS")
            screen.resize(WIDE)
            screen.wait_for("0/1 at work", "✓ PASS")
            screen.send("q")
            assert screen.wait_for_exit() == 0
