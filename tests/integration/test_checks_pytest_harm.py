"""Tests that hang, crash or attack the run: each is named, and the others are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.verdict import CheckOutcome, CheckReport
from engine.domain.verdict import TestOutcome as Outcome
from tests.support.pytest_bench import GREEN, PytestBench

pytestmark = pytest.mark.slow

AFTER = "def test_after(): pass\n"


@pytest.fixture
def bench(tmp_path: Path) -> PytestBench:
    return PytestBench(tmp_path)


def _rules(report: CheckReport) -> dict[str, str]:
    return {finding.id: finding.rule for finding in report.findings}


def _is_alive(pid: str) -> bool:
    status = Path("/proc", pid, "status")
    return status.exists() and "State:\tZ" not in status.read_text()


BAD = "test_a.py::test_bad"
ALL_ACCOUNTED = {
    "test_a.py::test_one": Outcome.PASSED,
    BAD: Outcome.FAILED,
    "test_a.py::test_after": Outcome.PASSED,
}


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import signal, threading\n"
        "    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):\n"
        "        signal.signal(number, signal.SIG_IGN)\n"
        "    threading.Event().wait()",
        "import subprocess; subprocess.run(['sleep', '1000'])",
    ],
)
async def test_test_that_hangs_is_red_by_name_and_the_others_are_run(
    bench: PytestBench, body: str
) -> None:
    source = f"{GREEN}def test_bad():\n    {body}\n{AFTER}"
    report = await bench.check({"test_a.py": source}, test_timeout_s=2)
    assert report.tests == ALL_ACCOUNTED
    assert (report.result.outcome, report.result.failures) == (CheckOutcome.FINDINGS, (BAD,))
    assert report.result.explanation == f"hung: {BAD}"
    assert _rules(report) == {BAD: "test-hung"}


@pytest.mark.parametrize(
    "body",
    [
        "import os; os._exit(0)",
        "import os; os._exit(3)",
        "import os; os.kill(os.getpid(), 11)",
        "import os; os.kill(os.getppid(), 9); import time; time.sleep(60)",
        "import os; os.killpg(0, 9)",
        "import pytest; pytest.exit('enough', returncode=0)",
        "raise KeyboardInterrupt",
        "import ctypes; ctypes.string_at(0)",
    ],
)
async def test_test_that_ends_the_run_is_red_by_name_and_the_others_are_run(
    bench: PytestBench, body: str
) -> None:
    source = f"{GREEN}def test_bad():\n    {body}\n{AFTER}"
    report = await bench.check({"test_a.py": source})
    assert report.tests == ALL_ACCOUNTED
    assert (report.result.outcome, report.result.failures) == (CheckOutcome.FINDINGS, (BAD,))
    assert report.result.explanation == f"crashed: {BAD}"
    assert _rules(report) == {BAD: "test-crashed"}


async def test_several_that_hang_and_crash_are_each_named(bench: PytestBench) -> None:
    source = (
        "import os, time\n"
        "def test_hangs(): time.sleep(100)\n"
        "def test_crashes(): os.abort()\n"
        "def test_leaves(): os._exit(0)\n"
        "def test_fails(): assert 0\n"
    )
    report = await bench.check({"test_a.py": source + GREEN}, test_timeout_s=2)
    assert _rules(report) == {
        "test_a.py::test_hangs": "test-hung",
        "test_a.py::test_crashes": "test-crashed",
        "test_a.py::test_leaves": "test-crashed",
        "test_a.py::test_fails": "test-red",
    }
    assert report.tests["test_a.py::test_one"] is Outcome.PASSED
    assert report.result.tests_executed == 5


@pytest.mark.parametrize("body", ["while True: pass", "import os; os._exit(0)", "raise SystemExit"])
async def test_file_whose_import_hangs_or_crashes_is_named_and_the_others_are_run(
    bench: PytestBench, body: str
) -> None:
    files = {"tests/test_a.py": GREEN, "tests/test_b.py": body, "tests/test_c.py": GREEN}
    report = await bench.check(files, test_timeout_s=2)
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert report.result.failures == ("tests/test_b.py::collection",)
    assert set(report.tests) == {"tests/test_a.py::test_one", "tests/test_c.py::test_one"}
    assert _rules(report) == {"tests/test_b.py::collection": "collection-error"}


async def test_conftest_that_hangs_is_named_and_the_other_folders_are_run(
    bench: PytestBench,
) -> None:
    files = {
        "inner/conftest.py": "while True: pass\n",
        "inner/test_b.py": GREEN,
        "test_a.py": GREEN,
    }
    report = await bench.check(files, test_timeout_s=2)
    assert report.result.failures == ("inner/conftest.py::collection",)
    assert report.tests == {"test_a.py::test_one": Outcome.PASSED}


@pytest.mark.parametrize("body", ["while True: pass", "import os; os._exit(0)"])
async def test_topmost_conftest_that_hangs_or_crashes_is_named(
    bench: PytestBench, body: str
) -> None:
    files = {"conftest.py": body, "test_a.py": GREEN}
    report = await bench.check(files, test_timeout_s=2)
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert report.result.failures == ("conftest.py::collection",)
    assert report.result.tests_executed == 0


async def test_fixture_that_never_tears_down_makes_its_test_red(bench: PytestBench) -> None:
    source = (
        "import pytest\n@pytest.fixture\ndef stuck():\n    yield\n    while True: pass\n"
        f"def test_bad(stuck): pass\n{GREEN}{AFTER}"
    )
    report = await bench.check({"test_a.py": source}, test_timeout_s=2)
    assert report.tests == ALL_ACCOUNTED


async def test_thread_that_keeps_pytest_from_ending_is_a_finding(bench: PytestBench) -> None:
    source = (
        "from threading import Event, Thread\ndef test_one(): Thread(target=Event().wait).start()\n"
    )
    report = await bench.check({"test_a.py": source}, test_timeout_s=2)
    assert report.tests == {"test_a.py::test_one": Outcome.PASSED}
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert report.result.failures == ("exit-hung",)


async def test_limit_of_the_whole_check_ends_it_with_names(bench: PytestBench) -> None:
    source = f"{GREEN}def test_bad():\n    while True: pass\n{AFTER}"
    report = await bench.check({"test_a.py": source}, timeout_s=3)
    result = report.result
    assert (result.outcome, result.exit_code) == (CheckOutcome.TIMEOUT, None)
    assert result.explanation == f"stopped after 3 s while {BAD} ran; 2 tests have no result"
    assert result.failures == (BAD,)


async def test_more_crashes_than_runs_are_a_timeout_with_names(bench: PytestBench) -> None:
    source = (
        "import os, pytest\n@pytest.mark.parametrize('n', range(21))\ndef test_n(n): os._exit(1)\n"
    )
    report = await bench.check({"test_a.py": source})
    assert report.result.outcome is CheckOutcome.TIMEOUT
    assert report.result.explanation.startswith("stopped after 20 runs; 1 tests have no result")
    assert len(report.result.failures) == 20


async def test_worker_process_that_crashes_or_hangs_is_told_by_its_test(bench: PytestBench) -> None:
    source = (
        "import os, time\n"
        "def test_crashes(): os._exit(1)\n"
        "def test_hangs(): time.sleep(100)\n"
        f"def test_fails(): assert 0\n{GREEN}{AFTER}"
    )
    report = await bench.check({"test_a.py": source}, "-p", "xdist", "-n2", test_timeout_s=4)
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert _rules(report) == {
        "test_a.py::test_crashes": "test-crashed",
        "test_a.py::test_hangs": "test-hung",
        "test_a.py::test_fails": "test-red",
    }
    assert report.tests["test_a.py::test_one"] is Outcome.PASSED
    assert report.tests["test_a.py::test_after"] is Outcome.PASSED


async def test_worker_that_ends_its_starter_is_found_with_one_process(bench: PytestBench) -> None:
    source = (
        f"import os, time\n{GREEN}{AFTER}"
        "def test_bad():\n    os.kill(os.getppid(), 9)\n    time.sleep(1)\n"
        "def test_slow(): time.sleep(1)\n"
    )
    report = await bench.check({"test_a.py": source}, "-p", "xdist", "-n2")
    assert report.result.failures == (BAD,)
    assert report.tests == ALL_ACCOUNTED | {"test_a.py::test_slow": Outcome.PASSED}


async def test_file_whose_import_hangs_in_worker_processes_is_named(bench: PytestBench) -> None:
    files = {"test_a.py": GREEN, "test_b.py": "import threading\nthreading.Event().wait()\n"}
    report = await bench.check(files, "-p", "xdist", "-n2", test_timeout_s=4)
    assert report.result.failures == ("test_b.py::collection",)
    assert report.tests == {"test_a.py::test_one": Outcome.PASSED}


async def test_process_that_a_test_leaves_behind_is_ended(bench: PytestBench) -> None:
    source = (
        "import os, time\n"
        "def test_one(tmp_path):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        "            open('daemon.pid', 'w').write(str(os.getpid()))\n"
        "            time.sleep(1000)\n"
        "        os._exit(0)\n"
        "    while not os.path.exists('daemon.pid') or not open('daemon.pid').read():\n"
        "        time.sleep(0.01)\n"
    )
    report = await bench.check({"test_a.py": source})
    assert report.tests == {"test_a.py::test_one": Outcome.PASSED}
    assert not _is_alive((bench.tree / "daemon.pid").read_text())


async def test_flood_of_output_is_no_obstacle(bench: PytestBench) -> None:
    source = (
        "import os\ndef test_one():\n"
        "    for _ in range(1600): os.write(1, b'\\x1b]0;title\\x07' * 5000)\n"
    )
    report = await bench.check({"test_a.py": source}, "-s")
    assert report.tests == {"test_a.py::test_one": Outcome.PASSED}
    assert report.result.outcome is CheckOutcome.CLEAN
    assert len(report.result.tail) <= 4_000
