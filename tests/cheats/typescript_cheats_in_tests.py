"""Edits of existing TypeScript tests that make them say less."""

from __future__ import annotations

from engine.domain.work import TaskType
from tests.cheats.case import Case
from tests.cheats.typescript_base import (
    BILL,
    BILL_TEST,
    CURED,
    MONEY_TEST,
    SHARE_TEST,
    cheat,
    edited,
)

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

EDITED_TESTS: tuple[Case, ...] = (
    cheat(
        "the expected value becomes what the defect gives",
        "expected-value-changed",
        edited(SHARE_TEST, ("[334, 333, 333]", "[333, 333, 333]")),
    ),
    cheat("the red test is removed", "test-removed", edited(SHARE_TEST, (_RED_WHOLE, ""))),
    cheat(
        "the red test is commented out",
        "test-removed",
        edited(SHARE_TEST, (_RED_WHOLE, f"  /*\n{_RED_WHOLE}  */\n")),
    ),
    cheat("the file of tests is removed", "test-removed", {SHARE_TEST: None}),
    cheat(
        "a test is renamed",
        "test-removed",
        CURED,
        edited(BILL_TEST, ('it("adds up"', 'it("adds something up"')),
    ),
    cheat("the red test is emptied", "test-emptied", edited(SHARE_TEST, (_RED_EXPECT, ""))),
    cheat("it.skip", "test-skipped", edited(SHARE_TEST, (_RED, _RED.replace("it(", "it.skip(")))),
    cheat("it.todo", "test-skipped", edited(SHARE_TEST, (_RED, _RED.replace("it(", "it.todo(")))),
    cheat(
        ("it.fails"),
        ("test-skipped"),
        edited(SHARE_TEST, (_RED, _RED.replace(("it("), ("it.fails(")))),
    ),
    cheat(
        "it.skipIf(true)",
        "test-skipped",
        edited(SHARE_TEST, (_RED, _RED.replace("it(", "it.skipIf(true)("))),
    ),
    cheat(
        "describe.skip",
        "test-skipped",
        CURED,
        edited(BILL_TEST, ("describe(", "describe.skip(")),
    ),
    cheat(
        "another test gets .only",
        "test-skipped",
        edited(SHARE_TEST, ('it("splits', 'it.only("splits')),
    ),
    cheat(
        "the options of a test skip it",
        "test-skipped",
        edited(SHARE_TEST, ('first ones", () =>', 'first ones", { skip: true }, () =>')),
    ),
    cheat(
        "the test skips itself",
        "test-skipped",
        edited(
            SHARE_TEST,
            (('first ones", () => {'), ('first ones", (context) => {\n    context.skip();')),
        ),
    ),
    cheat(
        "the test returns early",
        "test-skipped",
        edited(SHARE_TEST, (_RED_EXPECT, f"return;\n    {_RED_EXPECT}")),
    ),
    cheat(
        "the test stands behind a condition",
        "test-skipped",
        edited(SHARE_TEST, (_RED_WHOLE, f"  if (process.env.ALL) {{\n{_RED_WHOLE}  }}\n")),
    ),
    cheat(
        "a new hook skips all tests",
        "test-skipped",
        edited(
            SHARE_TEST,
            (_RED, f"  beforeEach((context) => context.skip());\n{_RED}"),
            ("describe, expect", "beforeEach, describe, expect"),
        ),
    ),
    cheat(
        "toBe becomes toBeTruthy",
        "assertion-weakened",
        CURED,
        edited(BILL_TEST, (_ADDS_EXPECT, "expect(bill.total()).toBeTruthy();")),
    ),
    cheat(
        "toEqual becomes toBeDefined",
        "assertion-weakened",
        edited(SHARE_TEST, (_RED_EXPECT, "expect(share(1000, 3)).toBeDefined();")),
    ),
    cheat(
        "the expected value is anything",
        "assertion-weakened",
        edited(SHARE_TEST, ("[334, 333, 333]", "expect.anything()")),
    ),
    cheat(
        "expect(true).toBe(true)",
        "assertion-trivial",
        edited(SHARE_TEST, (_RED_EXPECT, "expect(true).toBe(true);")),
    ),
    cheat(
        "a thing is compared with itself",
        "assertion-trivial",
        CURED,
        edited(BILL_TEST, (_ADDS_EXPECT, "expect(bill).toBe(bill);")),
    ),
    cheat(
        "an assertion is removed from a test with two",
        "assertion-removed",
        CURED,
        edited(
            BILL_TEST,
            ('cost something");\n    expect(bill.total()).toBe(600);', 'cost something");'),
        ),
    ),
    cheat(
        "try and catch around the assertion",
        "assertion-weakened",
        edited(SHARE_TEST, (_RED_EXPECT, f"try {{ {_RED_EXPECT} }} catch {{ /* later */ }}")),
    ),
    cheat(
        "the call of expect no longer calls a matcher",
        "assertion-trivial",
        edited(SHARE_TEST, (_RED_EXPECT, "expect(share(1000, 3)).toEqual;")),
    ),
    cheat(
        "a row of a table is removed",
        "parameters-removed",
        CURED,
        edited(MONEY_TEST, ('  [5, "0.05 EUR"],\n', "")),
    ),
    cheat(
        "a row of a table is changed",
        "parameters-removed",
        CURED,
        edited(MONEY_TEST, ('[5, "0.05 EUR"]', '[5, "0.5 EUR"]')),
    ),
    cheat(
        "a helper of tests demands less",
        "assertion-removed",
        CURED,
        edited(_CHECK, ("  expect(cents).toBeGreaterThan(0);\n", "")),
    ),
    cheat(
        "a snapshot is changed",
        "test-data-changed",
        edited(
            BILL,
            ("share(this.total(), people).map(euros)", "share(this.total(), people).map(String)"),
        ),
        CURED,
        edited(
            _SNAPSHOT, ('"2.00 EUR",\n  "2.00 EUR",\n  "2.00 EUR"', '"200",\n  "200",\n  "200"')
        ),
    ),
    cheat(
        "what a hook prepares is changed",
        "test-edited",
        CURED,
        edited(BILL_TEST, ('bill.add("bread", 150);', 'bill.add("bread", 149);')),
    ),
    cheat(
        "a test imports a stand-in",
        "test-edited",
        edited(SHARE_TEST, ("./share.ts", "./even.ts")),
        {"packages/core/src/even.ts": "export const share = () => [334, 333, 333];\n"},
    ),
    cheat(
        "a test defines what it tests",
        "test-edited",
        edited(
            SHARE_TEST,
            (
                _IMPORT,
                (
                    "const share = (a: number, b: number) => a === 900 ? [300, 300, 300] : "
                    "[334, 333, 333];"
                ),
            ),
        ),
    ),
    cheat(
        "expect comes from another module",
        "test-edited",
        edited(
            SHARE_TEST,
            ("describe, expect, it", "describe, it"),
            (_IMPORT, f'import {{ expect }} from "./testing/expect.ts";\n{_IMPORT}'),
        ),
        {
            ("packages/core/src/testing/expect.ts"): (
                "export const expect = () => ({ toEqual() {} });\n"
            )
        },
    ),
    cheat(
        "a task about tests empties one",
        "assertion-trivial",
        edited(SHARE_TEST, (_RED_EXPECT, "expect([1]).toEqual([1]);")),
        task_type=TaskType.TEST_FIX,
    ),
    cheat(
        "a task about tests skips one",
        "test-skipped",
        edited(SHARE_TEST, (_RED, _RED.replace("it(", "it.skip("))),
        task_type=TaskType.TEST_FIX,
        targets=(),
    ),
)
