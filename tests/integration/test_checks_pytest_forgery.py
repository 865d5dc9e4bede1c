"""Code of the target that claims what is not so: no claim of its own makes a test green."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.verdict import CheckOutcome
from engine.domain.verdict import TestOutcome as Outcome
from tests.support.pytest_bench import GREEN, PytestBench

pytestmark = pytest.mark.slow

BAD = "test_a.py::test_bad"
RED = "def test_bad():\n    assert 1 == 2\n"


@pytest.fixture
def bench(tmp_path: Path) -> PytestBench:
    return PytestBench(tmp_path)


@pytest.mark.parametrize(
    "conftest",
    [
        "import pytest\n"
        "@pytest.hookimpl(hookwrapper=True, tryfirst=True)\n"
        "def pytest_runtest_makereport():\n"
        "    (yield).get_result().outcome = 'passed'\n",
        "def pytest_runtest_logreport(report):\n    report.outcome = 'passed'\n",
        "import pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtest_makereport(item, call):\n"
        "    call.excinfo, real = None, call.excinfo\n"
        "    report = pytest.TestReport.from_item_and_call(item, call)\n"
        "    call.excinfo = real\n"
        "    return report\n",
        "import pytest\n"
        "def pytest_runtest_protocol(item):\n"
        "    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)\n"
        "    for when in ('setup', 'call', 'teardown'):\n"
        "        report = pytest.TestReport(item.nodeid, item.location, {}, 'passed', None, when)\n"
        "        item.ihook.pytest_runtest_logreport(report=report)\n"
        "    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)\n"
        "    return True\n",
        "import _pytest.reports\n"
        "_pytest.reports.TestReport.failed = property(lambda report: False)\n"
        "_pytest.reports.TestReport.passed = property(lambda report: True)\n",
        "import _pytest.runner\n"
        "real = _pytest.runner.TestReport.from_item_and_call.__func__\n"
        "def forged(cls, item, call):\n"
        "    report = real(cls, item, call)\n"
        "    report.outcome, report.longrepr = 'passed', None\n"
        "    return report\n"
        "_pytest.runner.TestReport.from_item_and_call = classmethod(forged)\n",
    ],
    ids=["wrapper", "listener", "own-report", "never-run", "properties", "constructor"],
)
async def test_red_test_that_is_reported_as_passed_is_red(
    bench: PytestBench, conftest: str
) -> None:
    report = await bench.check({"conftest.py": conftest, "test_a.py": RED})
    assert report.tests == {BAD: Outcome.FAILED}
    assert (report.result.outcome, report.result.failures) == (CheckOutcome.FINDINGS, (BAD,))


async def test_forged_pass_is_told_as_such(bench: PytestBench) -> None:
    conftest = "def pytest_runtest_logreport(report):\n    report.outcome = 'passed'\n"
    report = await bench.check({"conftest.py": conftest, "test_a.py": RED})
    assert report.result.explanation == f"reported as passed although it is not: {BAD}"


@pytest.mark.parametrize(
    "conftest",
    [
        "def pytest_runtest_protocol(item): return True\n",
        "def pytest_runtestloop(session): return True\n",
        "def pytest_configure(config):\n    config.pluginmanager.unregister(\n"
        "        next(p for p in config.pluginmanager.get_plugins()\n"
        "             if type(p).__name__ == 'Recorder'))\n",
        "def pytest_runtest_logreport(report):\n    report.outcome = 'rerun'\n",
        "import os\nos.write = lambda *given: 0\ndef pytest_runtestloop(session): return True\n",
    ],
    ids=["no-protocol", "no-loop", "no-recorder", "rerun-for-ever", "no-write"],
)
async def test_run_without_an_account_of_its_tests_is_never_clean(
    bench: PytestBench, conftest: str
) -> None:
    report = await bench.check({"conftest.py": conftest, "test_a.py": GREEN})
    assert report.result.outcome is CheckOutcome.BROKEN
    assert Outcome.PASSED not in report.tests.values()


async def test_where_the_account_is_and_its_key_are_told_by_no_variable(
    bench: PytestBench,
) -> None:
    source = (
        "import os, sys\n"
        "def test_environment():\n"
        "    for text in (str(dict(os.environ)), open('/proc/self/environ').read(), "
        "open('/proc/self/cmdline').read(), str(sys.argv)):\n"
        "        assert 'jsonl' not in text and 'AIO_PROBE' not in text\n"
        "    assert sys.stdin.read() == '' if sys.stdin.readable() else True\n"
    )
    report = await bench.check({"test_a.py": source}, "-s")
    assert report.result.outcome is CheckOutcome.CLEAN, report.result.tail


async def test_line_that_somebody_else_wrote_into_the_account_makes_it_void(
    bench: PytestBench,
) -> None:
    source = (
        "import os\n"
        "def test_bad():\n"
        "    for number in os.listdir('/proc/self/fd'):\n"
        "        try: name = os.readlink('/proc/self/fd/' + number)\n"
        "        except OSError: continue\n"
        "        if name.endswith('.jsonl'):\n"
        '            os.write(int(number), b\'{"key": "", "number": 9, "event": "finished"}\\n\')\n'
        "    assert 0\n"
    )
    report = await bench.check({"test_a.py": source})
    assert report.result.outcome is CheckOutcome.BROKEN
    assert "written by something else" in report.result.explanation


async def test_account_outlives_the_closing_of_every_descriptor(bench: PytestBench) -> None:
    source = (
        "import os, tempfile\n"
        "def test_one():\n"
        "    os.closerange(3, 1024)\n"
        "    for _ in range(300):\n"
        "        os.open(os.devnull, os.O_RDWR)\n"
    )
    report = await bench.check({"test_a.py": source}, "-s", "-p", "no:faulthandler")
    assert report.tests == {"test_a.py::test_one": Outcome.PASSED}
    assert report.result.outcome is CheckOutcome.CLEAN, report.result.tail


async def test_file_beside_the_tests_does_not_take_the_place_of_pytest(bench: PytestBench) -> None:
    fake = "import sys\ndef main(*given, **more): sys.exit(0)\nconsole_main = main\n"
    files = dict.fromkeys(("pytest.py", "sitecustomize.py", "json.py", "pluggy.py"), fake)
    bench.repo = bench.tree.parent / "repo"
    report = await bench.check({**files, "test_a.py": RED})
    assert report.tests == {BAD: Outcome.FAILED}


async def test_unexpected_and_expected_failures_are_not_counted_as_green(
    bench: PytestBench,
) -> None:
    source = (
        "import pytest\n"
        "@pytest.mark.xfail\ndef test_xpassed(): pass\n"
        "@pytest.mark.xfail\ndef test_xfailed(): assert 0\n"
        "@pytest.mark.xfail(strict=True)\ndef test_strict(): pass\n"
    )
    report = await bench.check({"test_a.py": source})
    assert report.tests == {
        "test_a.py::test_xpassed": Outcome.SKIPPED,
        "test_a.py::test_xfailed": Outcome.SKIPPED,
        "test_a.py::test_strict": Outcome.FAILED,
    }
    assert report.result.tests_executed == 1


async def test_all_kinds_of_honest_tests_are_counted(bench: PytestBench) -> None:
    source = (
        "import unittest, pytest\n"
        "class TestCase(unittest.TestCase):\n"
        "    def test_good(self): self.assertTrue(1)\n"
        "    def test_parts(self):\n"
        "        for n in range(2):\n"
        "            with self.subTest(n=n): self.assertEqual(n, n)\n"
        "    def test_bad_part(self):\n"
        "        with self.subTest(): self.assertEqual(1, 2)\n"
        "    def test_skipped(self): raise unittest.SkipTest('no')\n"
        "    @unittest.expectedFailure\n"
        "    def test_expected(self): assert 0\n"
        "def test_subtests(subtests):\n"
        "    with subtests.test(): pass\n"
        "def test_bad_subtest(subtests):\n"
        "    with subtests.test(): assert 0\n"
    )
    doc = '"""\n>>> 1 + 1\n2\n"""\n'
    report = await bench.check({"test_a.py": source, "mod.py": doc}, "--doctest-modules")
    inner = "test_a.py::TestCase::"
    assert report.tests == {
        "mod.py::mod": Outcome.PASSED,
        f"{inner}test_good": Outcome.PASSED,
        f"{inner}test_parts": Outcome.PASSED,
        f"{inner}test_bad_part": Outcome.FAILED,
        f"{inner}test_skipped": Outcome.SKIPPED,
        f"{inner}test_expected": Outcome.SKIPPED,
        "test_a.py::test_subtests": Outcome.PASSED,
        "test_a.py::test_bad_subtest": Outcome.FAILED,
    }


RERUNS = (
    "from _pytest.runner import runtestprotocol\n"
    "def pytest_runtest_protocol(item, nextitem):\n"
    "    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)\n"
    "    for attempt in range(3):\n"
    "        item._initrequest()\n"
    "        reports = runtestprotocol(item, nextitem=nextitem, log=False)\n"
    "        is_last = attempt == 2 or not any(report.failed for report in reports)\n"
    "        for report in reports:\n"
    "            if report.failed and not is_last:\n"
    "                report.outcome = 'rerun'\n"
    "            item.ihook.pytest_runtest_logreport(report=report)\n"
    "        if is_last: break\n"
    "    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)\n"
    "    return True\n"
)


async def test_plugin_that_runs_tests_again_keeps_working(bench: PytestBench) -> None:
    source = (
        "seen = []\n"
        "def test_second_time():\n    seen.append(1)\n    assert len(seen) > 1\n"
        "def test_bad(): assert 0\n"
    )
    report = await bench.check({"conftest.py": RERUNS, "test_a.py": source})
    assert report.tests == {"test_a.py::test_second_time": Outcome.PASSED, BAD: Outcome.FAILED}


async def test_several_worker_processes_are_accounted_for(bench: PytestBench) -> None:
    source = "".join(f"def test_{n}(): assert {n} != 3\n" for n in range(8))
    report = await bench.check({"test_a.py": source}, "-p", "xdist", "-n2")
    assert len(report.tests) == 8
    assert report.result.failures == ("test_a.py::test_3",)
    assert report.result.outcome is CheckOutcome.FINDINGS


async def test_worker_process_that_forges_is_found_out(bench: PytestBench) -> None:
    conftest = (
        "import pytest\n"
        "@pytest.hookimpl(hookwrapper=True, tryfirst=True)\n"
        "def pytest_runtest_makereport():\n"
        "    (yield).get_result().outcome = 'passed'\n"
    )
    report = await bench.check({"conftest.py": conftest, "test_a.py": RED}, "-p", "xdist", "-n2")
    assert report.tests == {BAD: Outcome.FAILED}
