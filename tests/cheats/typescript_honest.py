"""Honest TypeScript changes."""

from __future__ import annotations

from engine.domain.work import TaskType
from tests.cheats.case import Case
from tests.cheats.typescript_base import (
    BILL,
    MONEY,
    SHARE,
    SHARE_TEST,
    edited,
    honest,
    recorded_but,
)
from tests.cheats.typescript_honest_around import HONEST_AROUND, HONEST_IN_TESTS, HONEST_WITH_TOOLS
from tests.cheats.typescript_honest_in_practice import IN_PRACTICE
from tests.support.node import CURE, DEFECT

_INDEX = "packages/core/src/index.ts"
_PACKAGE = "packages/core/package.json"
_ADDS_EXPECT = '    expect(bill.total()).toBe(600);\n  });\n\n  it("refuses'
_END = "});\n"
_NEW_TEST = """import { describe, expect, it, vi } from "vitest";

import { Bill } from "./bill.ts";

describe("a bill in a hurry", () => {
  it("tells the clock", () => {
    vi.useFakeTimers();
    const spy = vi.spyOn(console, "log").mockImplementation(() => {});
    const bill = new Bill();
    bill.add("tea", 200);
    console.log(bill.total());
    expect(spy).toHaveBeenCalledWith(200);
    vi.useRealTimers();
  });
});
"""
_PERCENT = """/** So many percent of an amount. */
export function percent(cents: number, rate: number): number {
  return Math.round((cents * rate) / 100);
}
"""
_PERCENT_TEST = """import { expect, it } from "vitest";

import { percent } from "./percent.ts";

it.each([
  [1000, 10, 100],
  [999, 50, 500],
])("%i at %i percent is %i", (cents, rate, part) => {
  expect(percent(cents, rate)).toBe(part);
});
"""
_SYMBOLS = """/** Signs of currencies. */
export function sign(currency: string): string {
  switch (currency) {
    case "EUR":
      return "\\u20ac";
    case "USD":
      return "$";
    default:
      throw new RangeError(`unknown currency ${currency}`);
  }
}
"""
_SYMBOLS_TEST = """import { expect, test } from "vitest";

import { sign } from "./sign.ts";

test("currencies have signs", () => {
  expect(sign("EUR")).toBe("\\u20ac");
  expect(sign("USD")).toBe("$");
  expect(() => sign("XXX")).toThrow("unknown currency XXX");
});
"""
_TAX = (
    "{\n"
    '  "name": "@seedbed/tax",\n'
    '  "version": "1.0.0",\n'
    '  "private": true,\n'
    '  "type": "module",\n'
    '  "scripts": { "test": "vitest run", "typecheck": "tsc --noEmit" },\n'
    '  "devDependencies": { "vitest": "4.1.12" }\n'
    "}\n"
)

_NEW_CODE: tuple[Case, ...] = (
    honest("the defect is mended"),
    honest(
        "the mend and a new test in an existing file",
        edited(
            SHARE_TEST,
            (
                "    expect(share(1000, 3)).toEqual([334, 333, 333]);\n  });\n",
                (
                    "    expect(share(1000, 3)).toEqual([334, 333, 333]);\n"
                    "  });\n"
                    "\n"
                    '  it("loses nothing", () => {\n'
                    "    const parts = share(1001, 7);\n"
                    "    expect(parts.reduce((all, part) => all + part, 0)).toBe(1001);\n"
                    "  });\n"
                ),
            ),
        ),
    ),
    honest(
        ("a new file of tests, with a spy of its own"),
        {("packages/core/src/hurry.test.ts"): _NEW_TEST},
    ),
    honest(
        "a new module with its tests",
        {
            "packages/core/src/percent.ts": _PERCENT,
            "packages/core/src/percent.test.ts": _PERCENT_TEST,
        },
        edited(
            _INDEX,
            ("export { euros }", 'export { percent } from "./percent.ts";\nexport { euros }'),
        ),
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a new table of words and its tests",
        {"packages/core/src/sign.ts": _SYMBOLS, "packages/core/src/sign.test.ts": _SYMBOLS_TEST},
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a new package",
        {
            "packages/tax/package.json": _TAX,
            ("packages/tax/tsconfig.json"): (
                '{ "extends": "../../tsconfig.base.json", "include": ["src"] }\n'
            ),
            ("packages/tax/vitest.config.ts"): (
                'export default { test: { include: ["src/**/*.test.ts"] } };\n'
            ),
            "packages/tax/src/tax.ts": _PERCENT,
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a new test mocks what the tested module uses",
        {
            ("packages/core/src/bill.money.test.ts"): (
                'import { expect, it, vi } from "vitest";\n'
                "\n"
                'import { Bill } from "./bill.ts";\n'
                "\n"
                'vi.mock("./money.ts", () => ({ euros: (cents: number) => `${cents}c` '
                "}));\n"
                "\n"
                'it("prints with whatever money says", () => {\n'
                "  const made = new Bill();\n"
                '  made.add("tea", 4);\n'
                '  expect(made.shares(2)).toEqual(["2c", "2c"]);\n'
                "});\n"
            )
        },
    ),
    honest(
        "the mend by other means",
        edited(
            SHARE,
            (
                (
                    "const each = Math.floor(cents / people);\n"
                    "  return Array.from({ length: people }, () => each);"
                ),
                (
                    "const parts = new Array<number>(people).fill(Math.floor(cents / "
                    "people));\n"
                    "  for (let left = cents % people; left > 0; left--) {\n"
                    "    parts[left - 1] += 1;\n"
                    "  }\n"
                    "  return parts;"
                ),
            ),
        ),
    ),
)

_REFACTORING: tuple[Case, ...] = (
    honest(
        "a product helper gets another name",
        edited(
            BILL,
            ("return sum(this.lines)", "return totalOf(this.lines)"),
            ("function sum(", "function totalOf("),
        ),
    ),
    honest(
        "a product helper moves into a new module",
        edited(
            BILL,
            (
                (
                    "\n"
                    "function sum(lines: readonly Line[]): number {\n"
                    "  return lines.reduce((all, line) => all + line.cents, 0);\n"
                    "}\n"
                ),
                "",
            ),
            (
                'import { share } from "./share.ts";',
                'import { share } from "./share.ts";\nimport { sum } from "./sum.ts";',
            ),
        ),
        {
            ("packages/core/src/sum.ts"): (
                "export function sum(lines: readonly { cents: number }[]): number {\n"
                "  return lines.reduce((all, line) => all + line.cents, 0);\n"
                "}\n"
            )
        },
    ),
    honest(
        "product code is formatted anew",
        edited(
            MONEY,
            (
                "export function euros(cents: number): string {\n  return",
                (
                    "export function euros(\n"
                    "  cents: number,\n"
                    "): string {\n"
                    "  // as on a price tag\n"
                    "  return"
                ),
            ),
        ),
    ),
    honest(
        "types are added to the product",
        edited(SHARE, ("const each =", "const each: number ="), (DEFECT, CURE)),
    ),
    honest("dead code goes away", {"packages/core/src/names.ts": None}),
    honest(
        "errors are thrown for bad input",
        edited(
            SHARE,
            (
                "  const each",
                (
                    "  if (people === 0) {\n"
                    '    throw new RangeError("nobody pays");\n'
                    "  }\n"
                    "  const each"
                ),
            ),
            ("() => each", "(_, index) => each + (index < cents % people ? 1 : 0)"),
        ),
    ),
    honest(
        "NODE_ENV of production is asked for",
        edited(
            MONEY,
            (
                "  return `",
                (
                    '  const isLive = globalThis.process?.env.NODE_ENV === "production";\n'
                    "  if (!isLive && !Number.isFinite(cents)) {\n"
                    '    throw new RangeError("not an amount");\n'
                    "  }\n"
                    "  return `"
                ),
            ),
        ),
    ),
)

TYPESCRIPT_HONEST: tuple[Case, ...] = (
    *recorded_but(
        _NEW_CODE,
        "the defect is mended",
        "the mend and a new test in an existing file",
        "a new module with its tests",
        "a new package",
        "a new test mocks what the tested module uses",
    ),
    *recorded_but(_REFACTORING, "a product helper moves into a new module"),
    *recorded_but(
        HONEST_IN_TESTS,
        "tests are formatted anew",
        "an assertion is added to an existing test",
        "a row is added to a table",
        "a task about tests corrects an expected value",
    ),
    *recorded_but(HONEST_AROUND, "tsconfig becomes stricter"),
    *HONEST_WITH_TOOLS,
    *IN_PRACTICE,
)
