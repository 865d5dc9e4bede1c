"""ESLint, tsc and Vitest, as npm installs them, on a small monorepo."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.checks.build import build_checkers
from engine.domain.settings import CheckSettings, Settings
from engine.domain.verdict import CheckOutcome, CheckReport, FindingSeverity, TestOutcome
from engine.sandbox.runner import SubprocessRunner
from tests.support.node import CURE, DEFECT, GREEN_TEST, RED_TEST, RED_TEST_OF_WEB, make_turborepo
from tests.support.repos import git

pytestmark = pytest.mark.slow

_CORE, _WEB = "packages/core", "packages/web"


async def _check(
    repo: Path,
    kind: str,
    *arguments: str,
    folder: str = _CORE,
    tree: Path | None = None,
    only: tuple[str, ...] = (),
) -> CheckReport:
    box = repo.parent / "box"
    runner = SubprocessRunner(box / "home", box / "tmp")
    check = CheckSettings(name="own", kind=kind, command=arguments, folder=folder)
    settings = Settings(repo=repo, project="demo", checks=(check,))
    [checker] = build_checkers(settings, runner, repo)
    return await checker.run(tree or repo, only=only)


async def test_vitest_names_every_test(tmp_path: Path) -> None:
    report = await _check(make_turborepo(tmp_path), "vitest")
    result = report.result
    assert (result.outcome, result.exit_code) == (CheckOutcome.FINDINGS, 1)
    assert (result.failures, result.tests_executed) == ((RED_TEST,), 5)
    assert report.tests == {
        "packages/core/src/money.test.ts::0 cents are 0.00 EUR": TestOutcome.PASSED,
        "packages/core/src/money.test.ts::5 cents are 0.05 EUR": TestOutcome.PASSED,
        "packages/core/src/money.test.ts::123456 cents are 1234.56 EUR": TestOutcome.PASSED,
        "packages/core/src/money.test.ts::thousands are grouped": TestOutcome.SKIPPED,
        GREEN_TEST: TestOutcome.PASSED,
        RED_TEST: TestOutcome.FAILED,
    }
    [finding] = report.findings
    assert (finding.path, finding.line) == ("packages/core/src/share.test.ts", 11)
    assert (finding.rule, finding.id) == ("test-red", RED_TEST)


async def test_vitest_runs_the_files_that_are_asked_for(tmp_path: Path) -> None:
    repo = make_turborepo(tmp_path)
    report = await _check(repo, "vitest", only=(GREEN_TEST,))
    assert set(report.tests) == {GREEN_TEST, RED_TEST}
    elsewhere = await _check(repo, "vitest", only=(RED_TEST_OF_WEB,))
    assert (elsewhere.result.outcome, elsewhere.tests) == (CheckOutcome.CLEAN, {})
    assert elsewhere.result.tests_executed == 0


async def test_cure_in_the_operators_checkout_proves_nothing(tmp_path: Path) -> None:
    """It could reach the checks through the links of `node_modules`."""
    repo = make_turborepo(tmp_path)
    tree = repo / ".aibrain" / "state" / "worktrees" / "t1"
    git(repo, "worktree", "add", "-q", "--detach", str(tree))
    source = Path(_CORE, "src", "share.ts")
    cured = (repo / source).read_text().replace(DEFECT, CURE)
    (repo / source).write_text(cured)
    report = await _check(repo, "vitest", folder=_WEB, tree=tree)
    assert report.result.failures == (RED_TEST_OF_WEB,)
    (tree / source).write_text(cured)
    report = await _check(repo, "vitest", folder=_WEB, tree=tree)
    assert (report.result.outcome, report.result.tests_executed) == (CheckOutcome.CLEAN, 2)


_HEAD = 'import { beforeAll, test } from "vitest";\n'
_FILE = "packages/core/src/more.test.ts"


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("test('a', () => {", f"{_FILE}::collection"),
        ("import './nowhere.ts';\ntest('a', () => {});", f"{_FILE}::collection"),
        (
            "beforeAll(() => { throw new Error('x'); });\ntest('a', () => {});",
            f"{_FILE}::collection",
        ),
        ("test.only('a', () => {});\ntest('b', () => {});", f"{_FILE}::a"),
        ("test('a', () => { process.exit(0); });", f"{_FILE}::a"),
        ("test('a', () => {});\ntest('a', () => { throw new Error('x'); });", f"{_FILE}::a#2"),
        (
            "test('a', () => { setTimeout(() => { throw new Error('late 7'); }); });\n"
            "test('b', async () => { await new Promise((done) => setTimeout(done, 50)); });",
            f"{_FILE}::unhandled error: late N",
        ),
        (
            "test('a', () => { process.kill(process.pid, 'SIGKILL'); });",
            "vitest::unhandled error: [vitest-pool]: Worker forks emitted error.",
        ),
    ],
    ids=["syntax", "import", "hook", "only", "exit", "twice", "unhandled", "killed"],
)
async def test_failure_beside_a_known_one_is_never_hidden(
    tmp_path: Path, text: str, failure: str
) -> None:
    repo = make_turborepo(tmp_path, {_FILE: f"{_HEAD}{text}\n"})
    result = (await _check(repo, "vitest")).result
    assert result.outcome is CheckOutcome.FINDINGS
    assert set(result.failures) == {RED_TEST, failure}


_FORGES = """import { readFileSync, writeFileSync } from "node:fs";

process.on("exit", () => {
  const file = process.argv.find((word) => word.startsWith("--outputFile")).split("=")[1];
  writeFileSync(file, readFileSync(file, "utf8").replaceAll('"failed"', '"passed"'));
  process.exitCode = 0;
});
export default {};
"""


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({f"{_CORE}/vitest.config.ts": "process.exit(0);\n"}, "code 0 and no report"),
        ({f"{_CORE}/vitest.config.ts": "export default {{\n"}, "code 1 and no report"),
        (
            {_FILE: f"{_HEAD}test('a', () => {{ process.kill(process.ppid, 'SIGKILL'); }});\n"},
            "ended by signal 9",
        ),
        ({f"{_CORE}/vitest.config.ts": _FORGES}, "not what its reporter saw"),
    ],
    ids=["silent", "wrong", "killed", "forged"],
)
async def test_vitest_that_cannot_give_an_account_is_broken(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    result = (await _check(make_turborepo(tmp_path, files), "vitest")).result
    assert result.outcome is CheckOutcome.BROKEN
    assert says in result.explanation
    assert "\n" not in result.explanation


async def test_eslint_finds_with_rule_and_line(tmp_path: Path) -> None:
    repo = make_turborepo(
        tmp_path, {f"{_CORE}/src/words.ts": 'export const a = "x" + String(1);\n'}
    )
    report = await _check(repo, "eslint")
    unused, warned = report.findings
    assert (unused.rule, unused.path, unused.line) == (
        "@typescript-eslint/no-unused-vars",
        "packages/core/src/names.ts",
        4,
    )
    assert report.result.failures == (unused.id,)
    assert (warned.rule, warned.severity) == ("prefer-template", FindingSeverity.WARNING)
    assert "packages/core/src/names.ts:4: @typescript-eslint" in report.result.tail


async def test_warnings_are_failures_where_their_number_is_limited(tmp_path: Path) -> None:
    repo = make_turborepo(tmp_path, {f"{_WEB}/src/words.ts": 'export const a = "x" + String(1);\n'})
    assert (await _check(repo, "eslint", folder=_WEB)).result.outcome is CheckOutcome.CLEAN
    limited = await _check(repo, "eslint", "--max-warnings=0", folder=_WEB)
    assert limited.result.outcome is CheckOutcome.FINDINGS
    assert limited.result.failures == tuple(found.id for found in limited.findings)


@pytest.mark.parametrize(
    ("files", "outcome", "says"),
    [
        ({f"{_CORE}/src/a.ts": "export const = ;\n"}, CheckOutcome.FINDINGS, ""),
        ({"eslint.config.js": "export default [\n"}, CheckOutcome.BROKEN, "SyntaxError"),
        ({"eslint.config.js": 'export default [{ ignores: ["**"] }];\n'}, CheckOutcome.BROKEN, "2"),
        ({"eslint.config.js": "process.exit(0);\n"}, CheckOutcome.BROKEN, "code 0"),
    ],
    ids=["syntax", "config", "ignores-all", "silent"],
)
async def test_eslint_on_what_is_wrong(
    tmp_path: Path, files: dict[str, str], outcome: CheckOutcome, says: str
) -> None:
    report = await _check(make_turborepo(tmp_path, files), "eslint")
    assert report.result.outcome is outcome
    assert says in report.result.explanation
    if outcome is CheckOutcome.FINDINGS:
        assert any(
            found.startswith("packages/core/src/a.ts:eslint:") for found in report.result.failures
        )


async def test_tsc_finds_with_code_and_line_and_writes_nothing(tmp_path: Path) -> None:
    repo = make_turborepo(tmp_path)
    report = await _check(repo, "tsc", folder=_WEB)
    [finding] = report.findings
    assert (finding.rule, finding.path, finding.line) == ("TS2322", "packages/web/src/banner.ts", 3)
    assert report.result.failures == (finding.id,)
    assert (await _check(repo, "tsc")).result.outcome is CheckOutcome.CLEAN
    assert git(repo, "status", "--short", "--ignored").split() == ["!!", "node_modules/"]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ('{ "files": [] }', "files"),
        ('{ "include": ["nowhere"] }', "No inputs were found"),
        ('{ "compilerOptions": { "stricct": true, "types": [], "noLib": true } }', "stricct"),
    ],
    ids=["no-files", "no-inputs", "unknown-option"],
)
async def test_wrong_tsconfig_is_never_a_green_light(
    tmp_path: Path, config: str, says: str
) -> None:
    repo = make_turborepo(tmp_path, {f"{_CORE}/tsconfig.json": config})
    result = (await _check(repo, "tsc")).result
    assert result.outcome in {CheckOutcome.BROKEN, CheckOutcome.FINDINGS}
    assert says in f"{result.explanation} {result.tail}"


@pytest.mark.parametrize("kind", ["vitest", "eslint", "tsc"])
async def test_tool_that_is_not_installed_is_broken(tmp_path: Path, kind: str) -> None:
    repo = make_turborepo(tmp_path)
    shutil.rmtree(repo / "node_modules")
    result = (await _check(repo, kind)).result
    assert result.outcome is CheckOutcome.BROKEN
    assert f"{kind} is not installed in 'packages/core'" in result.explanation
