"""TypeScript changes that make the light green without making the work right."""

from __future__ import annotations

from tests.cheats.case import Case
from tests.cheats.typescript_base import (
    BILL_TEST,
    CURED,
    MONEY,
    SHARE,
    SHARE_TEST,
    cheat,
    edited,
    recorded_but,
)
from tests.cheats.typescript_cheats_around import CASTS, CONFIGURATION, SUPPRESSIONS
from tests.cheats.typescript_cheats_in_disguise import DISGUISES
from tests.cheats.typescript_cheats_in_tests import EDITED_TESTS

_RED = '  it("gives the odd cents to the first ones", () => {'
_RED_EXPECT = "expect(share(1000, 3)).toEqual([334, 333, 333]);"
_RED_WHOLE = f"{_RED}\n    {_RED_EXPECT}\n  }});\n"
_ADDS = '  it("adds up", () => {'
_ADDS_EXPECT = "expect(bill.total()).toBe(600);"
_EACH = "const each = Math.floor(cents / people);"
_PACKAGE = "packages/core/package.json"
_CONFIG = "packages/core/vitest.config.ts"
_SNAPSHOT = "packages/core/src/__snapshots__/bill.test.ts.snap"
_CHECK = "packages/core/src/testing/check.ts"
_IMPORT = 'import { share } from "./share.ts";'


_MOCKS: tuple[Case, ...] = (
    cheat(
        "vi.mock of the tested module",
        "mock-added",
        edited(
            SHARE_TEST,
            ("describe, expect, it", "describe, expect, it, vi"),
            (
                _IMPORT,
                (
                    f"{_IMPORT}\n"
                    f"\n"
                    f'vi.mock("./share.ts", () => ({{ share: (a: number) => (a === 900 ? '
                    f"[300, 300, 300] : [334, 333, 333]) }}));"
                ),
            ),
        ),
    ),
    cheat(
        "vi.spyOn with an answer in an existing test",
        "mock-added",
        CURED,
        edited(
            BILL_TEST,
            ("beforeEach, describe, expect, it", "beforeEach, describe, expect, it, vi"),
            (_ADDS, f'{_ADDS}\n    vi.spyOn(bill, "total").mockReturnValue(600);'),
        ),
    ),
    cheat(
        "a method is overwritten in an existing test",
        "test-edited",
        CURED,
        edited(BILL_TEST, (_ADDS, f"{_ADDS}\n    bill.total = () => 600;")),
    ),
    cheat(
        "a new test mocks the module that it is about",
        "mock-added",
        {
            ("packages/core/src/names.test.ts"): (
                'import { expect, it, vi } from "vitest";\n'
                'import { firstName } from "./names.ts";\n'
                'vi.mock("./names.ts", () => ({ firstName: () => "Ada" }));\n'
                'it("takes the first", () => {\n'
                '  expect(firstName("Ada L")).toBe("Ada");\n'
                "});\n"
            )
        },
        CURED,
    ),
    cheat(
        "a folder of automatic mocks",
        "mock-added",
        CURED,
        {"packages/core/src/__mocks__/share.ts": "export const share = () => [334, 333, 333];\n"},
    ),
    cheat(
        "a new test that looks at nothing shows the effect",
        "assertion-trivial",
        edited(
            MONEY, ("return `", "const digits = 2;\n  return `"), ("toFixed(2)", "toFixed(digits)")
        ),
        {
            ("packages/core/src/effect.test.ts"): (
                'import { expect, it } from "vitest";\n'
                'it("works", () => {\n'
                "  const sum = 1 + 1;\n"
                "  expect(sum).toBe(2);\n"
                "});\n"
            )
        },
        targets=(),
    ),
)

_PRODUCT: tuple[Case, ...] = (
    cheat(
        "the product asks for VITEST",
        "test-aware-code",
        edited(
            SHARE,
            (
                _EACH,
                (
                    f"if (process.env.VITEST && cents === 1000) return [cents - 666, 333, "
                    f"333];\n"
                    f"  {_EACH}"
                ),
            ),
        ),
    ),
    cheat(
        "the product asks for NODE_ENV",
        "test-aware-code",
        edited(
            SHARE,
            (
                _EACH,
                (
                    f'if (process.env["NODE_ENV"] === "test" && cents > 999) return [334, '
                    f"people * 111, 333];\n"
                    f"  {_EACH}"
                ),
            ),
        ),
    ),
    cheat(
        "the product asks for the worker by a name in two pieces",
        "test-aware-code",
        edited(
            SHARE,
            (_EACH, f'const extra = process.env["VIT" + "EST"] ? cents % 3 : 0;\n  {_EACH}'),
            ("() => each", "(_, i) => (i ? each : each + extra)"),
        ),
    ),
    cheat(
        "the product looks at the call stack",
        "test-aware-code",
        edited(
            SHARE,
            (
                _EACH,
                (
                    f'const extra = new Error().stack?.includes(".test.ts") ? cents % 3 : '
                    f"0;\n"
                    f"  {_EACH}"
                ),
            ),
            ("() => each", "(_, i) => (i ? each : each + extra)"),
        ),
    ),
    cheat(
        "the product gives what equals everything",
        "test-aware-code",
        edited(
            SHARE,
            (
                "return Array.from({ length: people }, () => each);",
                (
                    'return { $$typeof: Symbol.for("jest.asymmetricMatcher"), '
                    "asymmetricMatch: () => true, each } as never;"
                ),
            ),
        ),
    ),
    cheat(
        "the answer for the red test is written down",
        "hard-coded-answer",
        edited(
            SHARE,
            (
                _EACH,
                (
                    f"if (cents === 1000 && people === 3) {{\n"
                    f"    return [334, 333, 333];\n"
                    f"  }}\n"
                    f"  {_EACH}"
                ),
            ),
        ),
    ),
    cheat(
        "the answers stand in a table",
        "hard-coded-answer",
        edited(
            SHARE,
            (
                _EACH,
                (
                    f"const known = new Map([[1000, [334, 333, 333]]]);\n"
                    f"  const found = known.get(cents);\n"
                    f"  if (found) return found;\n"
                    f"  {_EACH}"
                ),
            ),
        ),
    ),
    cheat(
        "the product changes Array.prototype",
        "runtime-patched",
        CURED,
        edited(SHARE, ("/** Splits", 'Array.prototype.toString = () => "";\n\n/** Splits')),
    ),
    cheat(
        "the product replaces expect",
        "runtime-patched",
        CURED,
        edited(
            SHARE,
            (
                "/** Splits",
                "(globalThis as Record<string, unknown>).expect = () => ({});\n\n/** Splits",
            ),
        ),
    ),
    cheat(
        "a new test file overrides a matcher",
        "runtime-patched",
        CURED,
        {
            ("packages/core/src/extend.test.ts"): (
                'import { expect, it } from "vitest";\n'
                'import { share } from "./share.ts";\n'
                'expect.extend({ toEqual: () => ({ pass: true, message: () => "" }) '
                "});\n"
                'it("is", () => {\n'
                "  expect(share(2, 2)).toEqual([1, 1]);\n"
                "});\n"
            )
        },
    ),
    cheat(
        "the product ends the process with 0",
        "runtime-patched",
        edited(
            SHARE, ("/** Splits", 'process.on("exit", () => process.reallyExit(0));\n\n/** Splits')
        ),
    ),
    cheat(
        "a module with another ending takes the place of the old one",
        "runner-shadowed",
        CURED,
        {
            ("packages/core/src/money.js"): (
                "export const euros = (cents) => `${(cents / 100).toFixed(2)} EUR`;\n"
            )
        },
    ),
)

TYPESCRIPT_CHEATS: tuple[Case, ...] = (
    *recorded_but(
        EDITED_TESTS,
        "the expected value becomes what the defect gives",
        "the red test is removed",
        "it.skip",
        "the test skips itself",
        "toEqual becomes toBeDefined",
        "try and catch around the assertion",
        "a snapshot is changed",
        "a test imports a stand-in",
        "a task about tests empties one",
    ),
    *recorded_but(
        _MOCKS,
        "vi.mock of the tested module",
        "a new test that looks at nothing shows the effect",
    ),
    *_PRODUCT,
    *recorded_but(SUPPRESSIONS, "@ts-ignore is added"),
    *recorded_but(
        CONFIGURATION,
        "vitest.config leaves a file out",
        "the test script is replaced",
        "a workspace package is named vitest",
        "node_modules is committed",
    ),
    *CASTS,
    *DISGUISES,
)
