"""What is recognised in a repository, and what `aio-tui doctor` is told of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from engine.checks.description import describe_checks
from engine.checks.detection import detect
from engine.domain.settings import CheckSettings, Settings
from tests.support.repos import write_files

_VITEST = json.dumps({"devDependencies": {"vitest": "4"}})
_WORKSPACES = json.dumps({"workspaces": ["packages/*"], "devDependencies": {"vitest": "4"}})


def _named(checks: tuple[CheckSettings, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(check.name, check.folder, check.command) for check in checks]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"package.json": "{}", "a.test.ts": ""}, []),
        ({"package.json": _VITEST, "src/a.test.ts": ""}, [("vitest", "", ())]),
        ({"package.json": _VITEST, "src/a.ts": ""}, []),
        ({"package.json": "{}", "vitest.config.ts": "", "a.spec.mjs": ""}, [("vitest", "", ())]),
        ({"package.json": "{}", "eslint.config.mjs": "", "a.js": ""}, [("eslint", "", ())]),
        ({"package.json": "{}", ".eslintrc.json": "", "a.js": ""}, [("eslint", "", ())]),
        ({"package.json": "{}", "eslint.config.js": ""}, []),
        ({"package.json": "{}", "tsconfig.json": "{}", "a.ts": ""}, [("tsc", "", ())]),
        (
            {
                "package.json": "{}",
                "a.ts": "",
                "tsconfig.json": '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}',
                "tsconfig.app.json": "{}",
            },
            [("tsc:tsconfig.app", "", ("-p", "tsconfig.app.json"))],
        ),
        (
            {"frontend/package.json": _VITEST, "frontend/yarn.lock": "", "frontend/a.test.js": ""},
            [("vitest:frontend", "frontend", ())],
        ),
        ({"examples/package.json": _VITEST, "examples/a.test.js": ""}, []),
        ({"package.json": "{", "vitest.config.ts": "", "a.test.ts": ""}, [("vitest", "", ())]),
        ({"node_modules/x/package.json": _VITEST, "node_modules/x/a.test.js": ""}, []),
    ],
)
def test_single_package_is_detected_by_its_files(
    tmp_path: Path, files: dict[str, str], expected: list[object]
) -> None:
    write_files(tmp_path, files)
    assert _named(detect(tmp_path)) == expected


def test_each_workspace_has_its_own_checks(tmp_path: Path) -> None:
    member = {"package.json": "{}", "src/a.test.ts": "", "tsconfig.json": "{}"}
    files = {f"packages/{name}/{path}": text for name in "ab" for path, text in member.items()}
    other = {"tools/x/package.json": _VITEST, "tools/x/a.test.ts": "", "eslint.config.js": ""}
    write_files(tmp_path, {"package.json": _WORKSPACES, "top.test.ts": "", **files, **other})
    ignored = ("--ignore-pattern", "packages/a/", "--ignore-pattern", "packages/b/")
    excluded = ("--exclude", "packages/a/**", "--exclude", "packages/b/**")
    assert _named(detect(tmp_path)) == [
        ("vitest", "", excluded),
        ("vitest:packages/a", "packages/a", ()),
        ("vitest:packages/b", "packages/b", ()),
        ("eslint", "", ignored),
        ("eslint:packages/a", "packages/a", ()),
        ("eslint:packages/b", "packages/b", ()),
        ("tsc:packages/a", "packages/a", ()),
        ("tsc:packages/b", "packages/b", ()),
    ]


def test_vitest_that_runs_all_projects_is_one_check(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "package.json": _WORKSPACES,
            "vitest.config.ts": 'export default { test: { projects: ["packages/*"] } };\n',
            "packages/a/package.json": _VITEST,
            "packages/a/a.test.ts": "",
        },
    )
    assert _named(detect(tmp_path)) == [("vitest", "", ())]


def test_workspaces_of_pnpm_are_read_with_their_exceptions(tmp_path: Path) -> None:
    members = {
        f"{folder}/{name}": text
        for folder in ("apps/web", "libs/deep/er", "libs/old/test")
        for name, text in {"package.json": _VITEST, "a.test.ts": ""}.items()
    }
    workspace = 'packages:\n  - "apps/*"\n  - libs/**\n  - "!**/test"\n'
    write_files(tmp_path, {"package.json": "{}", "pnpm-workspace.yaml": workspace, **members})
    names = [check.name for check in detect(tmp_path)]
    assert names == ["vitest:apps/web", "vitest:libs/deep/er"]


def test_python_and_javascript_stand_side_by_side(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "pyproject.toml": "[tool.mypy]\nstrict = true\n[tool.ruff]\n",
            "tests/test_m.py": "",
            "package.json": _VITEST,
            "web/a.test.ts": "",
        },
    )
    assert [check.name for check in detect(tmp_path)] == ["pytest", "ruff", "mypy", "vitest"]


def test_missing_programs_are_told_before_a_run(tmp_path: Path) -> None:
    checks = (
        CheckSettings(name="pytest", kind="pytest"),
        CheckSettings(name="v", kind="vitest"),
        CheckSettings(name="c", kind="command", command=("no-such-program",)),
        CheckSettings(name="own", kind="command", command=("./run.sh",), folder="sub"),
        CheckSettings(name="lost", kind="ruff", folder="nowhere"),
        CheckSettings(name="odd", kind="command", command=("true",), format="odd"),
    )
    write_files(tmp_path, {"sub/run.sh": "#!/bin/sh\n"})
    (tmp_path / "sub" / "run.sh").chmod(0o755)
    settings = Settings(repo=tmp_path, project="demo", checks=checks, python=sys.executable)
    told = {one.name: one.problem or "fine" for one in describe_checks(settings, tmp_path)}
    assert told == {
        "pytest": "fine",
        "v": "vitest is not installed in this repository",
        "c": "there is no program 'no-such-program'",
        "own": "fine",
        "lost": "there is no folder 'nowhere'",
        "odd": "check 'odd' has unknown format 'odd'",
    }
