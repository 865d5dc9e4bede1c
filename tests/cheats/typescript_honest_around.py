"""Honest edits of TypeScript tests, of settings and of docs."""

from __future__ import annotations

from engine.domain.work import TaskType
from tests.cheats.case import Case, Kind
from tests.cheats.typescript_base import (
    BILL_TEST,
    ESLINT,
    FILES,
    MONEY,
    MONEY_TEST,
    SHARE_TEST,
    TSC,
    edited,
    honest,
)

_INDEX = "packages/core/src/index.ts"
_PACKAGE = "packages/core/package.json"
_ADDS_EXPECT = '    expect(bill.total()).toBe(600);\n  });\n\n  it("refuses'
_END = "});\n"
_BANNER = "packages/web/src/banner.ts"
_NAMES = "packages/core/src/names.ts"

HONEST_IN_TESTS: tuple[Case, ...] = (
    honest(
        "tests are formatted anew",
        edited(
            SHARE_TEST,
            (
                "expect(share(900, 3)).toEqual([300, 300, 300]);",
                "expect(share(900, 3)).toEqual([\n      300,\n      300,\n      300,\n    ])",
            ),
        ),
    ),
    honest(
        "quotes of a test file change",
        {MONEY_TEST: FILES[MONEY_TEST].replace('"', "'")},
    ),
    honest(
        "imports of a test file are sorted",
        edited(
            BILL_TEST,
            (
                'import { Bill } from "./bill.ts";\nimport { check } from "./testing/check.ts";',
                'import { check } from "./testing/check.ts";\n\nimport { Bill } from "./bill.ts";',
            ),
            ("beforeEach, describe, expect, it", "it, expect, describe, beforeEach"),
        ),
    ),
    honest(
        "an assertion is added to an existing test",
        edited(
            BILL_TEST,
            (
                _ADDS_EXPECT,
                (
                    "    expect(bill.total()).toBe(600);\n"
                    '    expect(bill.shares(1)).toEqual(["6.00 EUR"]);\n'
                    "  });\n"
                    "\n"
                    '  it("refuses'
                ),
            ),
        ),
    ),
    honest(
        "an assertion becomes stricter",
        edited(
            SHARE_TEST, ("expect(share(900, 3)).toEqual(", "expect(share(900, 3)).toStrictEqual(")
        ),
    ),
    honest(
        "a row is added to a table",
        edited(MONEY_TEST, ('  [5, "0.05 EUR"],\n', '  [5, "0.05 EUR"],\n  [99, "0.99 EUR"],\n')),
    ),
    honest(
        "types and comments are added to a test",
        edited(
            BILL_TEST,
            ("let bill: Bill;", "// the one that is tested\nlet bill: Bill;"),
            ('it("adds up", () => {', 'it("adds up", (): void => {'),
        ),
    ),
    honest(
        "a task about tests corrects an expected value",
        edited(
            BILL_TEST,
            ('bill.add("bread", 150);', 'bill.add("bread", 250);'),
            ("expect(bill.total()).toBe(600);", "expect(bill.total()).toBe(700);"),
            ("expect(bill.total()).toBe(600);", "expect(bill.total()).toBe(700);"),
            ('["3.00 EUR", "3.00 EUR"]', '["3.50 EUR", "3.50 EUR"]'),
            ("bill.shares(3)", "bill.shares(1)"),
        ),
        {
            "packages/core/src/__snapshots__/bill.test.ts.snap": FILES[
                "packages/core/src/__snapshots__/bill.test.ts.snap"
            ].replace('  "2.00 EUR",\n  "2.00 EUR",\n  "2.00 EUR",\n', '  "7.00 EUR",\n')
        },
        task_type=TaskType.TEST_FIX,
    ),
    honest(
        "a task about tests adds tests",
        edited(
            MONEY_TEST,
            (
                "test.skip(",
                (
                    'test("nothing costs nothing", () => {\n'
                    '  expect(euros(0)).toBe("0.00 EUR");\n'
                    "});\n"
                    "\n"
                    "test.skip("
                ),
            ),
        ),
        task_type=TaskType.TEST,
    ),
)

HONEST_AROUND: tuple[Case, ...] = (
    honest(
        "a dependency is added",
        edited(
            _PACKAGE,
            ('"devDependencies"', '"dependencies": { "nanoid": "^5.0.0" },\n  "devDependencies"'),
        ),
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a version and a description",
        edited(_PACKAGE, ('"version": "1.0.0"', '"version": "1.1.0",\n  "description": "Money"')),
    ),
    honest(
        "a script that checks nothing is added",
        edited(
            "package.json",
            ('"lint": "turbo run lint"', '"clean": "rm -rf dist",\n    "lint": "turbo run lint"'),
        ),
    ),
    honest(
        "tsconfig becomes stricter",
        edited(
            "tsconfig.base.json",
            ('"strict": true', '"strict": true,\n    // more\n    "noUnusedLocals": true'),
        ),
    ),
    honest("tsconfig gets another target", edited("tsconfig.base.json", ("ES2022", "ES2023"))),
    honest(
        "turbo gets a new task",
        edited(
            "turbo.json",
            (
                '"tasks": {',
                '"tasks": {\n    "build": { "dependsOn": ["^build"], "outputs": ["dist/**"] },',
            ),
        ),
    ),
    honest(
        "a comment in eslint.config",
        edited("eslint.config.js", ("export default", "// what is checked\nexport default")),
    ),
    honest("docs", {"packages/core/README.md": "# Core\n\nShares money.\n"}),
    honest(
        "a comment speaks of suppressions",
        edited(
            MONEY,
            (
                "  return `",
                "  // No need to eslint-disable anything, nor for @ts-ignore.\n  return `",
            ),
        ),
    ),
)


HONEST_WITH_TOOLS: tuple[Case, ...] = (
    Case(
        name="a file moves and its type error is mended",
        kind=Kind.HONEST,
        does={
            _BANNER: None,
            _BANNER.replace("banner.ts", "notice.ts"): FILES[_BANNER].replace(
                "string = visits", "string = String(visits)"
            ),
        },
        base=TSC,
        task_type=TaskType.CODE_QUALITY,
        targets=(),
    ),
    honest(
        "a type error is mended",
        edited(_BANNER, ("string = visits", "string = String(visits)")),
        base=TSC,
        task_type=TaskType.CODE_QUALITY,
        targets=(),
    ),
    honest(
        "an unused variable goes away",
        edited(_NAMES, ("  const last = parts.at(-1);\n", "")),
        base=ESLINT,
        task_type=TaskType.CODE_QUALITY,
        targets=(),
    ),
)
