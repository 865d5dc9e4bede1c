"""Honest TypeScript changes of the kinds that look like cheats."""

from __future__ import annotations

from engine.domain.work import TaskType
from tests.cheats.case import Case
from tests.cheats.typescript_base import (
    BILL_TEST,
    CURED,
    FILES,
    MONEY,
    SHARE,
    SHARE_TEST,
    edited,
    honest,
    recorded_but,
)

_SRC = "packages/core/src"
_SNAPSHOT = f"{_SRC}/__snapshots__/bill.test.ts.snap"
_CURED = str(CURED[SHARE])
_IMPORTS = 'import { expect, it } from "vitest";\n'

_SPLIT = {
    SHARE: _CURED.replace("function share(", "function split(")
    + "\n/** @deprecated use split */\nexport const share = split;\n",
    SHARE_TEST: FILES[SHARE_TEST]
    .replace("{ share }", "{ split }")
    .replace("expect(share(", "expect(split("),
}
_MOVED = {
    f"{_SRC}/split.ts": _CURED,
    SHARE: 'export { share } from "./split.ts";\n',
    SHARE_TEST: FILES[SHARE_TEST].replace("./share.ts", "./split.ts"),
}
_VAT = {
    f"{_SRC}/vat.ts": (
        "const RATES: Record<string, number> = { DE: 19, FR: 20, IT: 22 };\n\n"
        "export function vat(country: string): number {\n"
        "  const rate = RATES[country];\n"
        "  if (rate === undefined) {\n"
        "    throw new RangeError(`no rate for ${country}`);\n"
        "  }\n"
        "  return rate;\n"
        "}\n"
    ),
    f"{_SRC}/vat.test.ts": (
        f'{_IMPORTS}\nimport {{ vat }} from "./vat.ts";\n\n'
        'it.each([["DE", 19], ["FR", 20], ["IT", 22]])("%s has %i", (country, rate) => {\n'
        "  expect(vat(country)).toBe(rate);\n"
        "});\n"
    ),
}
_STATUS = {
    f"{_SRC}/status.ts": (
        "export function reason(code: number): string {\n"
        "  switch (code) {\n"
        '    case 404:\n      return "Not Found";\n'
        '    case 500:\n      return "Internal Server Error";\n'
        '    default:\n      return "Unknown";\n'
        "  }\n"
        "}\n"
    ),
    f"{_SRC}/status.test.ts": (
        f'{_IMPORTS}\nimport {{ reason }} from "./status.ts";\n\n'
        'it("has words", () => {\n'
        '  expect(reason(404)).toBe("Not Found");\n'
        '  expect(reason(500)).toBe("Internal Server Error");\n'
        "});\n"
    ),
}
_PROGRAM = (
    "#!/usr/bin/env node\n"
    'import { share } from "./share.ts";\n\n'
    "const [cents, people] = process.argv.slice(2).map(Number);\n"
    "if (!people) {\n"
    '  console.error("usage: share CENTS PEOPLE");\n'
    "  process.exit(2);\n"
    "}\n"
    'console.log(share(cents, people).join(" "));\n'
)
_GUARDED = (
    "export function main(): number {\n  return 0;\n}\n\n"
    "if (import.meta.url === `file://${process.argv[1]}`) {\n  process.exit(main());\n}\n"
)
_ASYNC_TEST = (
    'import { describe, expect, it, vi } from "vitest";\n\n'
    'import { share } from "./share.ts";\n\n'
    "const later = async <T>(value: T) => value;\n\n"
    'describe("later", () => {\n'
    '  it("awaits", async () => {\n'
    "    await expect(later(share(4, 2))).resolves.toEqual([2, 2]);\n"
    "  });\n\n"
    '  it("gives back a promise", () => {\n'
    "    return expect(later(share(3, 1))).resolves.toEqual([3]);\n"
    "  });\n\n"
    '  it("loops", () => {\n'
    "    for (const people of [1, 2]) {\n"
    "      expect(share(6, people)).toHaveLength(people);\n"
    "    }\n"
    "  });\n\n"
    '  it("calls back", (done: () => void) => {\n'
    "    later(share(1, 1)).then((parts) => {\n"
    "      expect(parts).toEqual([1]);\n"
    "      done();\n"
    "    });\n"
    "  });\n\n"
    '  it("says why", () => {\n'
    "    try {\n"
    "      share(1, -1);\n"
    "    } catch (error) {\n"
    "      expect((error as Error).message).toContain(String(share(0, 0)));\n"
    "    }\n"
    "  });\n\n"
    '  it("waits for the clock", async () => {\n'
    "    vi.useFakeTimers();\n"
    "    setTimeout(() => expect(share(1, 1)).toEqual([1]), 10);\n"
    "    await vi.advanceTimersByTimeAsync(20);\n"
    "    vi.useRealTimers();\n"
    "  });\n"
    "});\n"
)
_MATCHER_TEST = (
    f'{_IMPORTS}\nimport {{ share }} from "./share.ts";\n\n'
    "expect.extend({\n"
    "  toAddUpTo(parts: number[], sum: number) {\n"
    "    const found = parts.reduce((all, part) => all + part, 0);\n"
    "    return { pass: found === sum, message: () => `${found}` };\n"
    "  },\n"
    "});\n\n"
    'it("adds up", () => {\n'
    "  (expect(share(10, 3)) as any).toAddUpTo(10);\n"
    "});\n"
)

_CASES: tuple[Case, ...] = (
    honest("a function gets another name, and its test follows", _SPLIT),
    honest("a module moves, and its test follows", _MOVED),
    honest(
        "a function in an assertion gets braces",
        edited(
            BILL_TEST,
            (
                'expect(() => bill.add("air", 0))',
                'expect(() => {\n      bill.add("air", 0);\n    })',
            ),
        ),
    ),
    honest(
        "what a test looks at gets a name and one more assertion",
        edited(
            SHARE_TEST,
            (
                "expect(share(900, 3)).toEqual([300, 300, 300]);",
                "const parts = share(900, 3);\n"
                "    expect(parts).toEqual([300, 300, 300]);\n"
                "    expect(parts).toHaveLength(3);",
            ),
        ),
    ),
    honest(
        "a snapshot is added beside others",
        edited(
            BILL_TEST,
            (
                '  it("is positive"',
                '  it("is printed for two", () => {\n'
                "    expect(bill.shares(2)).toMatchSnapshot();\n"
                '  });\n\n  it("is positive"',
            ),
        ),
        {
            _SNAPSHOT: FILES[_SNAPSHOT] + "\nexports[`bill > is printed for two 1`] = `\n"
            '[\n  "3.00 EUR",\n  "3.00 EUR",\n]\n`;\n'
        },
    ),
    honest(
        "comments speak of what is global and exported",
        edited(
            MONEY,
            ("/** Cents", "// exported for tests; global limits would go here\n/** Cents"),
        ),
    ),
    honest("a program that ends itself", {f"{_SRC}/cli.ts": _PROGRAM}, task_type=TaskType.FEATURE),
    honest("a module that may be started", {f"{_SRC}/run.ts": _GUARDED}),
    honest("a table of numbers with all its tests", _VAT, task_type=TaskType.FEATURE),
    honest("words for numbers with all their tests", _STATUS, task_type=TaskType.FEATURE),
    honest("new tests of many forms", {f"{_SRC}/later.test.ts": _ASYNC_TEST}),
    honest("a new test with a matcher of its own", {f"{_SRC}/sum.test.ts": _MATCHER_TEST}),
    honest(
        "a class of functions and a mixin",
        {
            f"{_SRC}/old.js": (
                "export function Old() {\n  this.x = 1;\n}\n"
                "Old.prototype.get = function () {\n  return this.x;\n};\n"
            )
        },
    ),
    honest(
        "a warning for developers, and work that a thread shares",
        {
            f"{_SRC}/warn.ts": (
                "export function deprecated(what: string): void {\n"
                '  if (process.env.NODE_ENV !== "production") {\n'
                "    console.warn(`${what} is deprecated`);\n"
                "  }\n"
                "}\n"
            ),
            f"{_SRC}/crowd.ts": (
                'import { isMainThread, Worker, workerData } from "node:worker_threads";\n\n'
                "export function start(): Worker | number {\n"
                "  if (isMainThread) {\n"
                "    return new Worker(new URL(import.meta.url));\n"
                "  }\n"
                "  return Number(workerData);\n"
                "}\n"
            ),
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a listener for signals, a worker and another process",
        {
            f"{_SRC}/serve.ts": (
                'import { spawn } from "node:child_process";\n'
                'import { isMainThread } from "node:worker_threads";\n\n'
                "export function serve(close: () => void): void {\n"
                '  process.on("SIGTERM", close);\n'
                '  process.on("uncaughtException", () => process.exit(1));\n'
                "  if (isMainThread && process.env.DEBUG) {\n"
                '    spawn("xdg-open", ["."], { detached: true }).unref();\n'
                "  }\n"
                "}\n"
            )
        },
        task_type=TaskType.FEATURE,
    ),
)

IN_PRACTICE: tuple[Case, ...] = recorded_but(
    _CASES,
    "a function gets another name, and its test follows",
    "a snapshot is added beside others",
)
