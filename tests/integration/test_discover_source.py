"""The program that reads source: what it says, and what becomes of it when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.discovery.source_reader import SourceReader
from engine.domain.verdict import CheckOutcome
from engine.sandbox.runner import SubprocessRunner
from tests.support.repos import write_files


@pytest.fixture
def runner(tmp_path: Path) -> SubprocessRunner:
    return SubprocessRunner(tmp_path / "box/home", tmp_path / "box/tmp")


async def test_findings_and_imports_come_from_one_pass(
    tmp_path: Path, runner: SubprocessRunner
) -> None:
    tree = tmp_path / "tree"
    write_files(tree, {"a.py": "import b\n\neval(b.text)\n", "b.py": "text = ''\n"})
    read = await SourceReader(runner).read(tree)
    assert read.report.result.outcome is CheckOutcome.FINDINGS
    [finding] = read.report.findings
    assert (finding.rule, finding.path, finding.line) == ("eval", "a.py", 3)
    assert read.report.result.failures == (finding.id,)
    assert read.imports == {"a.py": ("b.py",)}


async def test_a_tree_cannot_bring_modules_of_its_own(
    tmp_path: Path, runner: SubprocessRunner
) -> None:
    tree = tmp_path / "tree"
    poison = f"open({str(tmp_path / 'mark')!r}, 'w')"
    names = ("engine/__init__.py", "msgspec.py", "ast.py", "sitecustomize.py", "runpy.py")
    write_files(tree, dict.fromkeys(names, poison))
    read = await SourceReader(runner).read(tree)
    assert read.report.result.outcome is CheckOutcome.CLEAN
    assert not (tmp_path / "mark").exists()


async def test_a_tree_that_is_not_there_is_not_clean(
    tmp_path: Path, runner: SubprocessRunner
) -> None:
    read = await SourceReader(runner).read(tmp_path / "none")
    assert read.report.result.outcome is CheckOutcome.BROKEN
    assert read.report.result.explanation


async def test_reading_for_too_long_is_not_clean(tmp_path: Path, runner: SubprocessRunner) -> None:
    read = await SourceReader(runner, timeout_s=0.001).read(tmp_path)
    assert read.report.result.outcome is CheckOutcome.TIMEOUT
    assert read.imports == {}
