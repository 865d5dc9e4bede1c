"""Commands that write a report."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.checks.build import build_checkers
from engine.domain.settings import CheckSettings, Settings
from engine.domain.verdict import CheckOutcome, CheckReport, TestOutcome
from engine.sandbox.runner import SubprocessRunner
from tests.support.repos import write_files

_XML = '<testsuite><testcase classname="c" name="a"/></testsuite>'


async def _check(tree: Path, code: str, *, format: str, report: str = "") -> CheckReport:  # noqa: A002
    box = tree.parent / "box"
    runner = SubprocessRunner(box / "home", box / "tmp")
    check = CheckSettings(
        name="own",
        kind="command",
        command=(sys.executable, "-c", code),
        format=format,
        report=report,
        folder="sub",
    )
    settings = Settings(repo=tree, project="demo", checks=(check,))
    [checker] = build_checkers(settings, runner, tree)
    return await checker.run(tree)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write_files(tmp_path / "tree", {"sub/old.xml": _XML, "other.xml": _XML})
    return tmp_path / "tree"


def _writes(name: str, text: str = _XML, code: int = 0) -> str:
    return f"import sys; open({name!r}, 'w').write({text!r}); sys.exit({code})"


async def test_report_in_a_file_is_read_in_the_checks_folder(tree: Path) -> None:
    report = await _check(tree, _writes("new.xml"), format="junit", report="new.xml")
    assert (report.result.outcome, report.result.tests_executed) == (CheckOutcome.CLEAN, 1)
    assert report.tests == {"c::a": TestOutcome.PASSED}
    assert (tree / "sub" / "new.xml").is_file()


async def test_report_on_standard_output_is_read_without_the_noise_beside_it(tree: Path) -> None:
    code = "import sys; print('noise', file=sys.stderr); print('1..1\\nnot ok 1 - a'); sys.exit(1)"
    report = await _check(tree, code, format="tap")
    assert (report.result.outcome, report.result.failures) == (CheckOutcome.FINDINGS, ("a",))


@pytest.mark.parametrize(
    ("code", "name", "says"),
    [
        ("pass", "old.xml", "was there before the run"),
        ("pass", "none.xml", "no junit report in none.xml"),
        (_writes("new.xml", ""), "new.xml", "no junit report in new.xml"),
        (_writes("new.xml", _XML[:-9]), "new.xml", "cannot be read"),
        ("import os; os.mkfifo('new.xml')", "new.xml", "is not a plain file"),
        ("import os; os.symlink('../other.xml', 'new.xml')", "new.xml", "is not a plain file"),
        ("import os; os.kill(os.getpid(), 9)", "old.xml", "ended by signal 9"),
        ("import sys; sys.exit(127)", "old.xml", "exit code 127"),
    ],
    ids=["stale", "missing", "empty", "cut", "pipe", "link", "killed", "not-found"],
)
async def test_report_that_this_run_did_not_write_whole_is_not_believed(
    tree: Path, code: str, name: str, says: str
) -> None:
    result = (await _check(tree, code, format="junit", report=name)).result
    assert (result.outcome, result.failures) == (CheckOutcome.BROKEN, ())
    assert says in result.explanation
    assert "\n" not in result.explanation


async def test_report_that_is_written_again_is_believed(tree: Path) -> None:
    result = (await _check(tree, _writes("old.xml"), format="junit", report="old.xml")).result
    assert result.outcome is CheckOutcome.CLEAN


async def test_check_outside_of_the_tree_is_broken(tree: Path) -> None:
    (tree / "sub" / "old.xml").unlink()
    (tree / "sub").rmdir()
    (tree / "sub").symlink_to("..")
    result = (await _check(tree, "pass", format="exit")).result
    assert result.outcome is CheckOutcome.BROKEN
    assert "no folder 'sub'" in result.explanation
