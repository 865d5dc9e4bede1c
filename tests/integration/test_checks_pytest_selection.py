"""Some tests instead of all, and what each failure is told with."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.verdict import CheckOutcome, Finding
from engine.domain.verdict import TestOutcome as Outcome
from tests.support.pytest_bench import GREEN, PytestBench

pytestmark = pytest.mark.slow

FILES = {
    "tests/test_a.py": "import pytest\n"
    "class TestX:\n    def test_in(self): pass\n    def test_out(self): pass\n"
    "@pytest.mark.parametrize('n', ['1', 'x::y', '[z]'])\ndef test_n(n): pass\n",
    "tests/inner/test_b.py": "def test_b(): assert 0\n",
    "test_c.py": GREEN,
}
A = "tests/test_a.py::"


@pytest.fixture
def bench(tmp_path: Path) -> PytestBench:
    return PytestBench(tmp_path)


@pytest.mark.parametrize(
    ("only", "ran"),
    [
        ((f"{A}TestX::test_in",), {f"{A}TestX::test_in"}),
        ((f"{A}TestX",), {f"{A}TestX::test_in", f"{A}TestX::test_out"}),
        ((f"{A}test_n[x::y]",), {f"{A}test_n[x::y]"}),
        ((f"{A}test_n",), {f"{A}test_n[1]", f"{A}test_n[x::y]", f"{A}test_n[[z]]"}),
        (("tests/inner", "./test_c.py"), {"tests/inner/test_b.py::test_b", "test_c.py::test_one"}),
        (("test_c.py", "test_c.py::test_one"), {"test_c.py::test_one"}),
    ],
)
async def test_only_what_is_asked_for_is_run(
    bench: PytestBench, only: tuple[str, ...], ran: set[str]
) -> None:
    report = await bench.check(FILES, only=only)
    assert set(report.tests) == ran
    assert "not found" not in report.result.explanation


@pytest.mark.parametrize(
    "unknown", ["test_c.py::test_no", "no.py::test_one", "no_folder", "../tree/test_c.py", "-x", ""]
)
async def test_what_is_not_there_is_told_as_not_found_and_the_rest_is_run(
    bench: PytestBench, unknown: str
) -> None:
    report = await bench.check(FILES, only=("test_c.py::test_one", unknown))
    assert report.tests == {"test_c.py::test_one": Outcome.PASSED}
    assert (report.result.outcome, report.result.failures) == (CheckOutcome.FINDINGS, (unknown,))
    assert report.result.explanation == f"not found: {unknown}"
    assert [finding.rule for finding in report.findings] == ["test-not-found"]


async def test_nothing_is_started_if_nothing_asked_for_is_there(bench: PytestBench) -> None:
    report = await bench.check(FILES, only=("no.py::test_one",))
    assert (report.result.outcome, report.result.exit_code) == (CheckOutcome.FINDINGS, None)
    assert report.result.tests_executed == 0


async def test_selected_test_that_hangs_does_not_keep_the_others_from_running(
    bench: PytestBench,
) -> None:
    files = {"test_a.py": f"{GREEN}def test_hang():\n    while True: pass\n", "test_c.py": GREEN}
    only = ("test_a.py::test_hang", "test_c.py::test_one")
    report = await bench.check(files, only=only, test_timeout_s=5)
    assert report.tests == {only[0]: Outcome.FAILED, only[1]: Outcome.PASSED}


async def test_selected_file_whose_import_hangs_does_not_keep_the_others_from_running(
    bench: PytestBench,
) -> None:
    files = {"test_a.py": "while True: pass\n", "test_c.py": GREEN}
    only = ("test_a.py::test_hang", "test_c.py::test_one")
    report = await bench.check(files, only=only, test_timeout_s=2)
    assert report.tests == {"test_c.py::test_one": Outcome.PASSED}
    assert report.result.failures == ("test_a.py::collection", "test_a.py::test_hang")


async def test_selection_works_in_several_worker_processes(bench: PytestBench) -> None:
    report = await bench.check(
        FILES, "-p", "xdist", "-n2", only=(f"{A}TestX", "test_c.py::test_no")
    )
    assert set(report.tests) == {f"{A}TestX::test_in", f"{A}TestX::test_out"}
    assert report.result.failures == ("test_c.py::test_no",)


async def test_thousands_of_ids_are_no_longer_than_a_command_may_be(bench: PytestBench) -> None:
    source = "import pytest\n@pytest.mark.parametrize('n', range(5000))\ndef test_n(n): pass\n"
    name = "test_" + "long_" * 40 + "name.py"
    only = tuple(f"{name}::test_n[{n}]" for n in range(0, 5000, 2))
    report = await bench.check({name: source}, only=only)
    assert set(report.tests) == set(only)
    assert report.result.outcome is CheckOutcome.CLEAN


async def test_every_failure_is_told_with_its_place_and_its_words(bench: PytestBench) -> None:
    files = {
        "shop.py": "def price():\n    raise ValueError('no \\x1b[31m price\\nat all')\n",
        "tests/test_a.py": "import shop\n\n\ndef test_price():\n    shop.price()\n\n\n"
        "def test_sum():\n    total = 2\n    assert total == 3\n",
        "tests/test_b.py": "import nothing_of_that_name\n",
    }
    report = await bench.check(files)
    assert report.findings == (
        Finding(
            rule="test-red",
            message="ValueError: no \ufffd[31m price",
            path="shop.py",
            line=2,
            id="tests/test_a.py::test_price",
        ),
        Finding(
            rule="test-red",
            message="assert 2 == 3",
            path="tests/test_a.py",
            line=10,
            id="tests/test_a.py::test_sum",
        ),
        Finding(
            rule="collection-error",
            message="E   ModuleNotFoundError: No module named 'nothing_of_that_name'",
            path="tests/test_b.py",
            id="tests/test_b.py::collection",
        ),
    )
    assert tuple(finding.id for finding in report.findings) == report.result.failures
