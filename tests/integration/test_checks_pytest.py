"""Pytest as a check: real trees, real interpreters, real crashes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.checks.build import build_checkers
from engine.checks.environment import find_python
from engine.domain.settings import CheckSettings, Settings
from engine.domain.verdict import CheckOutcome, CheckReport, TestOutcome
from engine.sandbox.runner import SubprocessRunner
from tests.support.repos import write_files

pytestmark = pytest.mark.slow

GREEN = "def test_one():\n    assert 1 + 1 == 2\n"
ON_ITS_OWN = ("--disable-plugin-autoload",)
"""What happens to be installed beside pytest takes two thirds of a start."""


@pytest.fixture
def runner(tmp_path: Path) -> SubprocessRunner:
    return SubprocessRunner(tmp_path / "box" / "home", tmp_path / "box" / "tmp")


def _settings(repo: Path, command: tuple[str, ...], timeout_s: float = 60.0) -> Settings:
    check = CheckSettings(name="pytest", kind="pytest", command=command, timeout_s=timeout_s)
    return Settings(repo=repo, project="demo", checks=(check,), python=sys.executable)


async def _run(
    runner: SubprocessRunner,
    tree: Path,
    files: dict[str, str],
    *,
    command: tuple[str, ...] = ON_ITS_OWN,
) -> CheckReport:
    write_files(tree, files)
    [checker] = build_checkers(_settings(tree, command), runner, tree)
    return await checker.run(tree)


async def test_every_outcome_is_told_by_its_test_id(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    report = await _run(
        runner,
        tmp_path / "tree",
        {
            "tests/test_a.py": "import gc, pytest\n"
            "def test_good(): assert gc.isenabled()\n"
            "def test_bad(): assert 0\n"
            "@pytest.mark.skip\ndef test_skipped(): pass\n"
            "@pytest.mark.xfail\ndef test_expected(): assert 0\n"
            "@pytest.fixture\ndef broken(): raise OSError\n"
            "def test_setup(broken): pass\n"
            "@pytest.fixture\ndef late():\n    yield\n    raise OSError\n"
            "def test_teardown(late): pass\n"
            "@pytest.mark.parametrize('n', [1, 2])\ndef test_n(n): assert n == 1\n"
        },
    )
    of = "tests/test_a.py::"
    assert report.tests == {
        of + "test_good": TestOutcome.PASSED,
        of + "test_bad": TestOutcome.FAILED,
        of + "test_skipped": TestOutcome.SKIPPED,
        of + "test_expected": TestOutcome.SKIPPED,
        of + "test_setup": TestOutcome.FAILED,
        of + "test_teardown": TestOutcome.FAILED,
        of + "test_n[1]": TestOutcome.PASSED,
        of + "test_n[2]": TestOutcome.FAILED,
    }
    result = report.result
    assert (result.outcome, result.exit_code) == (CheckOutcome.FINDINGS, 1)
    assert result.tests_executed == 6
    names = ["test_bad", "test_n[2]", "test_setup", "test_teardown"]
    assert result.failures == tuple(of + name for name in names)
    assert "test_bad" in result.tail
    assert result.explanation == ""


async def test_green_tree_is_clean_and_stays_untouched(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    report = await _run(runner, tree, {"test_a.py": GREEN}, command=())
    assert report.result.outcome is CheckOutcome.CLEAN
    assert report.result.tests_executed == 1
    assert [path.name for path in tree.rglob("*")] == ["test_a.py"]


async def test_tree_without_tests_is_clean_with_none_executed(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    report = await _run(runner, tmp_path / "tree", {"module.py": ""})
    assert report.result.outcome is CheckOutcome.CLEAN
    assert (report.result.exit_code, report.result.tests_executed) == (5, 0)


async def test_file_that_cannot_be_collected_is_a_finding_and_the_others_run(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    files = {"test_a.py": GREEN, "test_b.py": "import does_not_exist\n"}
    report = await _run(runner, tmp_path / "tree", files)
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert report.result.failures == ("test_b.py::collection",)
    assert report.tests == {"test_a.py::test_one": TestOutcome.PASSED}


@pytest.mark.parametrize("folder", ["", "tests/"])
async def test_conftest_with_a_syntax_error_is_a_finding(
    runner: SubprocessRunner, tmp_path: Path, folder: str
) -> None:
    files = {f"{folder}conftest.py": "def (:\n", f"{folder}test_a.py": GREEN}
    report = await _run(runner, tmp_path / "tree", files)
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert report.result.failures[0].endswith("::collection")
    assert "SyntaxError" in report.result.tail


async def test_exit_code_that_a_conftest_forges_does_not_hide_failures(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    forged = "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n"
    files = {"conftest.py": forged, "test_a.py": "def test_bad(): assert 0\n"}
    report = await _run(runner, tmp_path / "tree", files)
    assert report.result.outcome is CheckOutcome.FINDINGS
    assert report.result.failures == ("test_a.py::test_bad",)


async def test_options_of_the_project_cannot_leave_tests_out(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    files = {
        "pytest.ini": "[pytest]\naddopts = -x --lf\nfilterwarnings = error::ResourceWarning\n",
        "test_a.py": f"def test_bad(): assert 0\n{GREEN}",
    }
    report = await _run(runner, tmp_path / "tree", files)
    assert set(report.tests) == {"test_a.py::test_bad", "test_a.py::test_one"}


async def test_settings_above_the_tree_are_not_read(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    write_files(tmp_path, {"pytest.ini": "[pytest]\naddopts = --no-such-option\n"})
    write_files(tmp_path, {"conftest.py": "raise OSError\n"})
    report = await _run(runner, tmp_path / "tree", {"test_a.py": GREEN})
    assert report.result.outcome is CheckOutcome.CLEAN


async def test_refused_configuration_is_broken_with_what_pytest_said(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    files = {"pytest.ini": "[pytest]\naddopts = --no-such-option\n", "test_a.py": GREEN}
    report = await _run(runner, tmp_path / "tree", files)
    assert report.result.outcome is CheckOutcome.BROKEN
    assert "refused its arguments" in report.result.explanation


async def test_missing_interpreter_is_broken(runner: SubprocessRunner, tmp_path: Path) -> None:
    check = CheckSettings(name="pytest", kind="pytest")
    settings = Settings(
        repo=tmp_path, project="demo", checks=(check,), python=str(tmp_path / "no-python")
    )
    [checker] = build_checkers(settings, runner, tmp_path)
    report = await checker.run(tmp_path)
    assert report.result.outcome is CheckOutcome.BROKEN
    assert "no-python" in report.result.explanation


async def test_output_is_streamed_and_kept_within_its_cap(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    noisy = "def test_noise():\n    print('\\x1b[31m' + 'x' * 300_000)\n    assert 0\n"
    tree = tmp_path / "tree"
    write_files(tree, {"test_a.py": noisy})
    [checker] = build_checkers(_settings(tree, ON_ITS_OWN), runner, tree)
    seen = bytearray()
    report = await checker.run(tree, on_output=seen.extend)
    assert len(seen) > 300_000
    assert len(report.result.tail) <= 4_000
    assert report.result.failures == ("test_a.py::test_noise",)


async def test_forked_child_writes_nothing_into_the_account(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    source = "import os\ndef test_fork():\n    if os.fork(): os.wait()\n    else: assert 0\n"
    report = await _run(runner, tmp_path / "tree", {"test_a.py": source})
    assert report.tests == {"test_a.py::test_fork": TestOutcome.PASSED}


def _editable_install(repo: Path, line: str) -> Path:
    """A virtual environment in `repo` whose .pth leads to the operator's checkout."""
    environment = repo / ".venv"
    base = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages")
    site = environment / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    write_files(
        environment,
        {"pyvenv.cfg": f"home = {Path(sys.executable).resolve().parent}\n"},
    )
    site.mkdir(parents=True)
    (environment / "bin").mkdir()
    (environment / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (site / "a_tools.pth").write_text(f"{base}\n")
    (site / "b_project.pth").write_text(line)
    return environment


async def test_editable_install_does_not_lead_to_the_operators_checkout(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    repo = (tmp_path / "repo").resolve()
    tree = repo / ".aibrain" / "state" / "worktrees" / "t1"
    test = "from shop import VALUE\ndef test_value(): assert VALUE == 'worktree'\n"
    write_files(repo, {"src/shop.py": "VALUE = 'operator'\n", "tests/test_shop.py": test})
    write_files(tree, {"src/shop.py": "VALUE = 'worktree'\n", "tests/test_shop.py": test})
    environment = _editable_install(repo, f"{repo}/src\n")
    check = CheckSettings(name="pytest", kind="pytest", command=ON_ITS_OWN)
    settings = Settings(
        repo=repo, project="demo", checks=(check,), python=str(environment / "bin" / "python")
    )
    [checker] = build_checkers(settings, runner, tree)
    report = await checker.run(tree)
    assert report.result.outcome is CheckOutcome.CLEAN, report.result.tail


async def test_run_that_imports_the_operators_checkout_all_the_same_is_broken(
    runner: SubprocessRunner, tmp_path: Path
) -> None:
    repo = (tmp_path / "repo").resolve()
    tree = repo / ".aibrain" / "state" / "worktrees" / "t1"
    test = "from shop import VALUE\ndef test_value(): assert VALUE\n"
    for folder in (repo, tree):
        write_files(folder, {"src/shop.py": "VALUE = 1\n", "tests/test_shop.py": test})
    write_files(tree, {"conftest.py": f"import sys\nsys.path.insert(0, '{repo}/src')\n"})
    environment = _editable_install(repo, f"{repo}/src\n")
    check = CheckSettings(name="pytest", kind="pytest", command=ON_ITS_OWN)
    settings = Settings(
        repo=repo, project="demo", checks=(check,), python=str(environment / "bin" / "python")
    )
    [checker] = build_checkers(settings, runner, tree)
    report = await checker.run(tree)
    assert report.result.outcome is CheckOutcome.BROKEN
    assert "imported src/shop.py from the main checkout" in report.result.explanation


def test_environment_of_the_repository_is_used_if_it_has_pytest(tmp_path: Path) -> None:
    settings = Settings(repo=tmp_path, project="demo")
    write_files(tmp_path, {".venv/bin/python": "", "venv/bin/python": ""})
    assert find_python(settings, tmp_path) == sys.executable
    write_files(tmp_path, {"venv/lib/python3.12/site-packages/pytest/__init__.py": ""})
    assert find_python(settings, tmp_path) == str(tmp_path / "venv" / "bin" / "python")


def test_environment_of_the_repository_is_used_for_a_tool_that_it_has(tmp_path: Path) -> None:
    settings = Settings(repo=tmp_path, project="demo")
    package = "venv/lib/python3.12/site-packages/mypy/__init__.py"
    write_files(tmp_path, {"venv/bin/python": "", package: ""})
    assert find_python(settings, tmp_path) == sys.executable
    assert find_python(settings, tmp_path, tool="mypy") == str(tmp_path / "venv/bin/python")


def test_configured_interpreter_is_taken_relative_to_the_repository(tmp_path: Path) -> None:
    inside = Settings(repo=tmp_path, project="demo", python="env/bin/python")
    on_path = Settings(repo=tmp_path, project="demo", python="python3.12")
    assert find_python(inside, tmp_path) == str(tmp_path / "env/bin/python")
    assert find_python(on_path, tmp_path) == "python3.12"
