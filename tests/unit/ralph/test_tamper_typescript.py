"""Rules about TypeScript and JavaScript, on changes that need no tool to be judged."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.change import FileChange
from engine.domain.work import TaskType
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.typescript_catalogue import SCRIPT_RULES

TEST, PRODUCT = "src/cart.test.ts", "src/cart.ts"
HEAD = 'import { expect, it } from "vitest";\nimport { cart } from "./cart";\n'


def grounds(
    *changes: FileChange,
    task_type: TaskType = TaskType.BUGFIX,
    asked: str = "",
    at_base: frozenset[str] = frozenset(),
) -> list[tuple[str, int | None]]:
    """Rule and line of each objection."""
    evidence = Evidence(
        task_type=task_type,
        targets=(),
        reports=(),
        baseline=BaselineResult(base_commit="", tree_hash="", checks={}),
        changed_files=tuple(change.path for change in changes),
        base_test_files=frozenset(
            change.path for change in changes if change.before and is_test_file(change.path)
        ),
        tree_hash="",
        base_commit="",
        changes=changes,
        files_at_base=at_base,
        test_sources={"src/asked.test.ts": asked.encode()} if asked else {},
    )
    reasons = [ground.reason for rule in SCRIPT_RULES for ground in rule(evidence)]
    return [(reason.rule, reason.line) for reason in reasons]


def change(path: str, before: str | None, after: str | None) -> FileChange:
    return FileChange(
        path=path,
        before=None if before is None else before.encode(),
        after=None if after is None else after.encode(),
    )


def edit(before: str, after: str, task_type: TaskType = TaskType.BUGFIX) -> set[str]:
    """Rules that object to an edit of an existing test file."""
    found = grounds(change(TEST, HEAD + before, HEAD + after), task_type=task_type)
    return {rule for rule, _ in found}


def product(after: str, before: str = "", **more: str) -> set[str]:
    """Rules that object to an edit of a product file."""
    return {rule for rule, _ in grounds(change(PRODUCT, before, after), **more)}  # type: ignore[arg-type]


ONE = 'it("adds", () => {\n  expect(cart(1)).toBe(2);\n});\n'


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        ("", "test-removed"),
        (ONE.replace("adds", "adds up"), "test-removed"),
        (ONE.replace("it(", "it.skip("), "test-skipped"),
        (ONE.replace("it(", "it.runIf(false)("), "test-skipped"),
        (ONE.replace("it(", "xit("), "test-skipped"),
        (ONE.replace("() =>", "{ fails: true }, () =>"), "test-skipped"),
        (f"if (0) {{ {ONE} }}", "test-skipped"),
        (f"for (const each of []) {{ {ONE} }}", "test-skipped"),
        (f"function never() {{ {ONE} }}", "test-skipped"),
        (ONE.replace("expect", "return; expect"), "test-skipped"),
        (ONE.replace("() => {", "({ skip }) => { skip();"), "test-skipped"),
        (f'{ONE}it.only("more", () => {{ expect(cart(2)).toBe(3); }});', "test-skipped"),
        ('it("adds", () => {});', "test-emptied"),
        ('it("adds");', "test-emptied"),
        (ONE.replace("toBe(2)", "toBe(3)"), "expected-value-changed"),
        (ONE.replace("toBe(2)", "toBeDefined()"), "assertion-weakened"),
        (ONE.replace("toBe(2)", "toEqual(expect.any(Number))"), "assertion-weakened"),
        (ONE.replace("toBe(2)", "not.toBe(3)"), "assertion-weakened"),
        (ONE.replace("cart(1)", "2"), "assertion-trivial"),
        (ONE.replace("cart(1)", "cart(1) || 2"), "test-edited"),
        (ONE.replace("expect(cart(1)).toBe(2)", "cart(1)"), "assertion-removed"),
        (ONE.replace("expect", "if (cart(1) === 2) expect"), "assertion-weakened"),
        (ONE.replace("cart(1)", "cart(0)"), "test-edited"),
        (ONE.replace("expect", "Object.assign(cart, {}); expect"), "test-edited"),
        (ONE.replace("expect", "const cart = (n: number) => 2; expect"), "test-edited"),
        (f'import "./patch";\n{ONE}', "test-edited"),
        (f'vi.mock("./cart");\n{ONE}', "mock-added"),
        (f'vi.mock(import("./cart"));\n{ONE}', "mock-added"),
        (f"vi.mock(name);\n{ONE}", "mock-added"),
        (f"afterEach((context) => {{ context.task.result = {{}}; }});\n{ONE}", "test-edited"),
        (f"{ONE}it(", "source-unreadable"),
    ],
)
def test_an_edit_that_takes_from_an_existing_test_is_refused(after: str, rule: str) -> None:
    assert rule in edit(ONE, after)


@pytest.mark.parametrize(
    "after",
    [
        ONE.replace('"', "'").replace(";", ""),
        ONE.replace("() =>", "(): void =>").replace("expect", "// why\n  expect"),
        ONE.replace("});", "  expect(cart(2)).toBe(3);\n});"),
        ONE.replace(
            "toBe(2);", "toBe(2);\n  const more: number = cart(5);\n  expect(more).toBe(6);"
        ),
        f'{ONE}it("more", () => {{ expect(cart(2)).toBe(3); }});',
        f'{ONE}describe("more", () => {{ beforeEach(() => {{ cart(0); }}); it("is", () => {{ '
        "expect(cart(2)).toBe(3); }); });",
        f'vi.mock("node:fs");\n{ONE}',
        ONE.replace("it(", "it.concurrent("),
        ONE.replace("});\n", "}, 9000);\n"),
    ],
)
def test_an_edit_that_leaves_all_demands_in_place_is_fine(after: str) -> None:
    assert edit(ONE, after) == set()


def test_demands_may_grow_but_not_change() -> None:
    vague = ONE.replace("toBe(2)", "toBeTruthy()")
    assert edit(vague, ONE) == set()
    assert "test-edited" in edit(ONE.replace("toBe(2)", "toBeGreaterThan(1)"), ONE)


def test_a_task_about_tests_may_change_what_they_expect_and_nothing_else() -> None:
    assert edit(ONE, ONE.replace("toBe(2)", "toBe(3)"), TaskType.TEST_FIX) == set()
    assert edit(ONE, ONE.replace("cart(1)", "cart(0)"), TaskType.TEST) == set()
    assert "test-skipped" in edit(ONE, ONE.replace("it(", "it.todo("), TaskType.TEST_FIX)
    assert "assertion-weakened" in edit(
        ONE, ONE.replace("toBe(2)", "toBeTruthy()"), TaskType.TEST_FIX
    )
    assert "assertion-trivial" in edit(ONE, ONE.replace("cart(1)", "2"), TaskType.TEST)
    same = ONE.replace("toBe(2)", "toBe(cart(1))")
    assert "assertion-weakened" in edit(ONE, same, TaskType.TEST_FIX)
    assert "assertion-trivial" in edit(ONE, same.replace("toBe", "toEqual"), TaskType.TEST_FIX)


def test_a_row_of_a_table_may_be_added_but_not_removed() -> None:
    one, two = "it.each([[1, 2]])", "it.each([[1, 2], [3, 4]])"
    body = '("%i", (a, b) => { expect(cart(a)).toBe(b); });'
    assert edit(one + body, two + body) == set()
    assert edit(two + body, one + body) == {"parameters-removed"}
    assert edit(two + body, two.replace("4", "5") + body) == {"parameters-removed"}


def test_the_same_title_twice_counts_twice() -> None:
    assert "test-removed" in edit(ONE + ONE, ONE)


def test_a_new_test_that_looks_at_nothing_is_refused() -> None:
    text = 'import { it, expect } from "vitest";\n'
    text += 'it("is", () => {\n  const a = 1;\n  expect(a).toBe(1);\n});'
    assert grounds(change("src/new.test.ts", None, text)) == [("assertion-trivial", 2)]


def test_a_method_named_like_the_runner_is_no_test() -> None:
    assert edit(ONE, ONE.replace("});", "  expect(/a/.test(cart(3))).toBe(true);\n});")) == set()


@pytest.mark.parametrize(
    "code",
    [
        "if (process.env.VITEST) cart();",
        'const { VITEST_WORKER_ID } = process.env;',
        'const on = process.env["VIT" + "EST"];',
        r'const on = process.env["VI\x54EST"];',
        r'const on = process.env["VI\u{54}EST"];',
        "const on = process.env.NODE_ENV === 'test';",
        "switch (process.env.NODE_ENV) { case 'test': cart(); }",
        "if (import.meta.vitest) cart();",
        "if (typeof describe === 'function') cart();",
        "if (typeof globalThis.expect !== 'undefined') cart();",
        "export const same = { asymmetricMatch: () => true };",
        "const seen = new Error().stack?.includes('.test.ts');",
        "new Function('return 1')();",
        'import { vi } from "vitest";',
    ],
)  # fmt: skip
def test_product_code_that_looks_for_the_tests_is_refused(code: str) -> None:
    assert product(code) == {"test-aware-code"}


@pytest.mark.parametrize(
    "code",
    [
        "Array.prototype.map = () => [];",
        'Object.defineProperty(Object, "is", { value: () => true });',
        "Object.assign(globalThis, { expect: () => ({}) });",
        "(globalThis as any).expect = () => ({});",
        'globalThis["JSON"] = {};',
        "JSON.stringify = () => '';",
        "const list = Array.prototype; list.map = () => [];",
        "Object.getPrototypeOf([]).map = () => [];",
        "[].__proto__.map = () => [];",
        "process.exit(0);",
        'process.on("exit", () => {});',
        "process.stdout.write = () => true;",
        "expect.extend({ toBe() { return { pass: true }; } });",
        "expect.addEqualityTesters([() => true]);",
    ],
)
def test_code_that_changes_the_runtime_is_refused(code: str) -> None:
    assert product(code) == {"runtime-patched"}


@pytest.mark.parametrize(
    "code",
    [
        "const isLive = process.env.NODE_ENV === 'production';",
        "export function stop() { process.exit(0); }",
        "class Own {}\nOwn.prototype.total = () => 1;",
        "const state = {}; state.value = 1; module.exports = { state };",
        "globalThis.prisma = new Client();",
        'process.on("SIGTERM", stop);',
        "const JSON = { parse: 1 }; JSON.parse = 2;",
        "// vitest and eslint-disable are only spoken of\nexport const a = 1;",
        "const tested = await contest.test('x');",
    ],
)
def test_ordinary_product_code_is_fine(code: str) -> None:
    assert product(code) == set()


def test_what_moves_from_one_file_to_another_is_not_new() -> None:
    code = "// eslint-disable-next-line no-console\nif (process.env.VITEST) cart();"
    assert grounds(change("a.ts", code, None), change("b.ts", None, code)) == []
    found = grounds(change("a.ts", code, code), change("b.ts", None, code))
    assert {rule for rule, _ in found} == {"suppression-added", "test-aware-code"}


@pytest.mark.parametrize(
    "comment",
    [
        "/* eslint-disable */",
        "//eslint-disable-line",
        "/*\n * eslint-disable no-undef\n */",
        "/* eslint no-undef: off */",
        "/* global cart */",
        "// @ts-ignore because",
        "/** @ts-expect-error */",
        "/* c8 ignore next 3 */",
        "/* istanbul ignore file */",
        "// oxlint-disable-next-line",
    ],
)
def test_a_suppression_is_refused_in_product_and_in_tests(comment: str) -> None:
    assert product(f"{comment}\nexport const a = 1;") == {"suppression-added"}
    assert edit(ONE, f"{comment}\n{ONE}") == {"suppression-added"}


@pytest.mark.parametrize(
    "comment",
    [
        "// prettier-ignore",
        "// no eslint-disable is needed",
        "/* See @ts-ignore in the handbook */",
        '"// @ts-ignore";',
    ],
)
def test_other_comments_are_fine(comment: str) -> None:
    assert product(f"{comment}\nexport const a = 1;") == set()


ASKED = (
    'import { it, expect } from "vitest";\nit("x", () => { expect(price("tea", 3)).toBe(417); });'
)


@pytest.mark.parametrize(
    "code",
    [
        'function price(what, n) { if (what === "tea") { return 417; } return n * 2; }',
        'const price = (what, n) => (n === 3 ? 417 : n * 2);',
        "function price(what, n) { switch (what) { case 'tea': return 417; } return n * 2; }",
        'const known = { tea: 417 }; function price(what, n) { return known[what] ?? n * 2; }',
        'const known = new Map([["tea", 417]]);',
        "function price(what, n) { return 417; }",
    ],
)  # fmt: skip
def test_an_answer_that_was_written_for_a_test_is_refused(code: str) -> None:
    before = "function price(what, n) { return n * 2; }"
    assert product(code, before, asked=ASKED) == {"hard-coded-answer"}


def test_a_table_with_more_than_the_tests_ask_for_is_fine() -> None:
    code = "const known = { tea: 417, milk: 99, rice: 250 };"
    assert product(code, asked=ASKED) == set()


def test_a_module_with_another_ending_is_refused_only_while_the_old_one_stays() -> None:
    new = change("src/cart.js", None, "export const cart = () => 2;")
    at_base = frozenset({"src/cart.ts"})
    assert grounds(new, at_base=at_base) == [("runner-shadowed", None)]
    assert grounds(new, change("src/cart.ts", "export {};", None), at_base=at_base) == []


def test_code_that_the_grammar_never_ends_with_is_refused() -> None:
    endless = (
        '{ "n": bed/co({\ne,\n  "e":le",\n oid {\nct(ts)ts" ".src/ind`ere(, 3))\\al([30, 300])\''
    )
    assert grounds(change("src/a.js", "", endless)) == [("source-unreadable", None)]


_PIECES = st.sampled_from(
    ["it(", "describe(", "expect(", ").toBe(", "`", "${", "}", "{", "(", ")", "=>", '"', "'", "/*",
     "*/", "//", "<", ">", "\\", "\n", "\u2028", "\U0010ffff", "\x00", " ", "a", ".skip", "=", "/"]
)  # fmt: skip
_TEXTS = st.lists(_PIECES | st.text(max_size=3), max_size=40).map("".join)


@settings(max_examples=150, deadline=None)
@given(before=_TEXTS, after=_TEXTS, path=st.sampled_from([TEST, PRODUCT, "a.jsx", "package.json"]))
def test_any_text_is_judged_without_an_error(before: str, after: str, path: str) -> None:
    raw = FileChange(
        path=path,
        before=before.encode("utf-8", "surrogatepass"),
        after=after.encode("utf-8", "surrogatepass"),
    )
    assert all(rule for rule, _ in grounds(raw))


def test_what_prepares_tests_replaces_nothing_more() -> None:
    before = 'import { vi } from "vitest";\nimport * as m from "./m";\nvi.useFakeTimers();\n'
    after = before + 'vi.spyOn(m, "share").mockImplementation(() => m.other());\n'
    assert "mock-added" in product(after, before)
    assert product(before + "m.warm();\n", before) == set()
