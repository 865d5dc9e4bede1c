"""Rules about package.json, tsconfig.json, other settings of Node's tools, and lock files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.change import FileChange
from engine.domain.work import TaskType
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.tamper.node_json import UnreadableJsonError, read_object
from engine.ralph.tamper.typescript_catalogue import SCRIPT_RULES

SCRIPTS = {"test": "vitest run", "dev": "vite", "lint": "eslint ."}
MANIFEST: dict[str, object] = {
    "name": "@shop/cart",
    "version": "1.0.0",
    "scripts": SCRIPTS,
    "dependencies": {"react": "^19.0.0"},
    "devDependencies": {"vitest": "4.1.0", "typescript": "5.9.3"},
    "workspaces": ["packages/*"],
}


def rules(*changes: FileChange, tests: frozenset[str] = frozenset()) -> set[str]:
    """Names of the rules that object."""
    evidence = Evidence(
        task_type=TaskType.FEATURE,
        targets=(),
        reports=(),
        baseline=BaselineResult(base_commit="", tree_hash="", checks={}),
        changed_files=tuple(change.path for change in changes),
        base_test_files=tests,
        tree_hash="",
        base_commit="",
        changes=changes,
    )
    return {ground.reason.rule for rule in SCRIPT_RULES for ground in rule(evidence)}


def change(path: str, before: object, after: object) -> FileChange:
    return FileChange(path=path, before=_content(before), after=_content(after))


def _content(value: object) -> bytes | None:
    if value is None or isinstance(value, str):
        return value.encode() if isinstance(value, str) else None
    return json.dumps(value).encode()


def manifest(**more: object) -> set[str]:
    return rules(change("package.json", MANIFEST, {**MANIFEST, **more}))


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"scripts": {**SCRIPTS, "test": "true"}}, "check-config-edited"),
        ({"scripts": {"dev": "vite"}}, "check-config-edited"),
        ({"scripts": {**SCRIPTS, "test": "vitest run; exit 0"}}, "exit-code-swallowed"),
        ({"scripts": {**SCRIPTS, "lint": "eslint . || :"}}, "exit-code-swallowed"),
        ({"scripts": {**SCRIPTS, "test": "vitest | cat"}}, "exit-code-swallowed"),
        ({"scripts": {**SCRIPTS, "postinstall": "node x"}}, "check-config-edited"),
        ({"scripts": {**SCRIPTS, "posttest": "node x"}}, "check-config-edited"),
        ({"jest": {"testMatch": []}}, "check-config-edited"),
        ({"eslintConfig": {"root": True}}, "check-config-edited"),
        ({"devDependencies": {"vitest": "3.0.0", "typescript": "5.9.3"}}, "check-tool-changed"),
        ({"devDependencies": {"vitest": "4.1.0"}}, "check-tool-changed"),
        ({"dependencies": {"react": "^19.0.0", "chai": "file:./chai"}}, "check-tool-changed"),
        ({"resolutions": {"**/typescript": "npm:other@1"}}, "check-tool-changed"),
        ({"overrides": {"shop": {"@vitest/expect": "file:./x"}}}, "check-tool-changed"),
        ({"pnpm": {"overrides": {"shop>vitest": "link:x"}}}, "check-tool-changed"),
        ({"name": "eslint"}, "runner-shadowed"),
        ({"bin": {"tsc": "./fake.js"}}, "runner-shadowed"),
        ({"workspaces": []}, "check-config-edited"),
        ({"workspaces": ["packages/*", "!packages/broken"]}, "check-config-edited"),
        ({"exports": {".": {"vitest": "./fake.js", "default": "./i.js"}}}, "test-aware-code"),
    ],
)
def test_a_package_that_weakens_its_checks_is_refused(more: dict[str, object], rule: str) -> None:
    assert rule in manifest(**more)


@pytest.mark.parametrize(
    "more",
    [
        {"version": "1.1.0", "description": "Carts", "license": "MIT"},
        {"dependencies": {"react": "^19.1.0", "nanoid": "^5.0.0"}},
        {"devDependencies": {"vitest": "4.1.0", "typescript": "5.9.3", "eslint-plugin-x": "1.0.0"}},
        {"scripts": {**SCRIPTS, "dev": "vite --port 3000", "build": "tsc -b"}},
        {"overrides": {"left-pad": "1.3.0"}},
        {"workspaces": ["packages/*", "apps/*"]},
        {"bin": {"cart": "./cart.js"}},
        {"exports": {".": {"import": "./i.mjs", "default": "./i.js"}}},
    ],
)
def test_what_a_package_needs_and_is_called_may_change(more: dict[str, object]) -> None:
    assert manifest(**more) == set()


def test_a_package_file_that_cannot_be_read_or_says_a_thing_twice_is_refused() -> None:
    assert rules(change("package.json", MANIFEST, "{")) == {"check-config-edited"}
    twice = '{"scripts": {"test": "vitest run"}, "scripts": {}}'
    assert rules(change("package.json", "{}", twice)) == {"check-config-edited"}


COMPILER = {"strict": True, "target": "ES2022"}
OPTIONS: dict[str, object] = {"compilerOptions": COMPILER, "include": ["src"]}


@pytest.mark.parametrize(
    "after",
    [
        {**OPTIONS, "compilerOptions": {"target": "ES2022"}},
        {**OPTIONS, "compilerOptions": {"strict": False, "target": "ES2022"}},
        {**OPTIONS, "compilerOptions": {**COMPILER, "skipLibCheck": True}},
        {**OPTIONS, "compilerOptions": {**COMPILER, "noImplicitAny": False}},
        {**OPTIONS, "compilerOptions": {**COMPILER, "paths": {"vitest": ["x"]}}},
        {**OPTIONS, "compilerOptions": {**COMPILER, "noCheck": True}},
        {**OPTIONS, "include": ["src/good"]},
        {**OPTIONS, "files": ["src/good.ts"]},
        {**OPTIONS, "exclude": ["src/bad"]},
        {**OPTIONS, "extends": "./loose.json"},
        {"compilerOptions": COMPILER},
        None,
        "{ not: json",
    ],
)
def test_a_compiler_that_overlooks_more_is_refused(after: object) -> None:
    assert rules(change("tsconfig.json", OPTIONS, after)) == {"check-config-edited"}


@pytest.mark.parametrize(
    "after",
    [
        {**OPTIONS, "compilerOptions": {"strict": True, "target": "ES2023", "jsx": "react-jsx"}},
        {**OPTIONS, "compilerOptions": {**COMPILER, "noUnusedLocals": True}},
        {
            **OPTIONS,
            "compilerOptions": {**COMPILER, "paths": {"@/*": ["./src/*"]}},
        },
        {**OPTIONS, "include": ["src", "tests"]},
        '// all\n{"compilerOptions": {"target": "ES2022", "strict": true,}, "include": ["src"],}',
    ],
)
def test_a_compiler_that_sees_as_much_or_more_is_fine(after: object) -> None:
    assert rules(change("tsconfig.json", OPTIONS, after)) == set()


def test_a_new_tsconfig_is_fine_in_a_new_package_and_refused_elsewhere() -> None:
    new = change("packages/new/tsconfig.json", None, OPTIONS)
    package = change("packages/new/package.json", None, {"name": "new"})
    module = change("packages/new/src/a.ts", None, "export const a = 1;")
    assert rules(new, package, module) == set()
    assert rules(new) == {"check-config-edited"}
    tests = frozenset({"packages/new/old.test.ts"})
    assert rules(new, package, tests=tests) == {"check-config-edited"}


@pytest.mark.parametrize(
    "path",
    [
        "vitest.config.ts", "vite.config.mjs", "vitest.workspace.json", "jest.config.cjs",
        "vitest.setup.ts", "setupTests.js", "eslint.config.mjs", ".eslintrc", ".eslintignore",
        "babel.config.js", ".mocharc.yml", "biome.json", ".npmrc", ".yarnrc.yml", ".pnpmfile.cjs",
        "nx.json",
    ],
)  # fmt: skip
def test_settings_of_tools_neither_change_nor_appear_nor_go(path: str) -> None:
    assert rules(change(f"app/{path}", "a = 1", "a = 2")) == {"check-config-edited"}
    assert rules(change(f"app/{path}", None, "a = 2")) == {"check-config-edited"}
    assert rules(change(f"app/{path}", "a = 2", None)) == {"check-config-edited"}


def test_a_task_of_turborepo_may_be_added_but_not_changed() -> None:
    tasks: dict[str, object] = {"test": {"dependsOn": ["^build"]}}
    before = {"tasks": tasks}
    more = {"tasks": {**tasks, "build": {}}}
    assert rules(change("turbo.json", before, more)) == set()
    other: object = {"tasks": {"test": {}}}
    assert rules(change("turbo.json", before, other)) == {"check-config-edited"}
    own = {"tasks": {**tasks, "cart#test": {}}}
    assert rules(change("turbo.json", before, own)) == {"check-config-edited"}


NPM = {
    "packages": {
        "": {"devDependencies": {"vitest": "4.1.0"}},
        "node_modules/react": {"version": "19.0.0"},
        "node_modules/vitest": {"version": "4.1.0", "resolved": "https://npm.example/v.tgz"},
    }
}


def test_a_lock_file_follows_package_json_and_keeps_the_tools() -> None:
    before = json.dumps(NPM, indent=2)
    react, tool = before.replace("19.0.0", "19.1.0"), before.replace("v.tgz", "w.tgz")
    package = change("package.json", MANIFEST, {**MANIFEST, "version": "2.0.0"})
    assert rules(package, change("package-lock.json", before, react)) == set()
    assert rules(change("package-lock.json", before, react)) == {"check-tool-changed"}
    assert rules(package, change("package-lock.json", before, tool)) == {"check-tool-changed"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pnpm-lock.yaml", "packages:\n\n  vitest@4.1.0:\n    resolution: {integrity: one}\n"),
        ("yarn.lock", '"vitest@^4.1.0":\n  version "4.1.0"\n  integrity one\n'),
        ("yarn.lock", "vitest@^4.1.0:\n  version: 4.1.0\n  checksum: one\n"),
    ],
)
def test_tools_in_other_lock_files_stay_too(path: str, text: str) -> None:
    package = change("package.json", MANIFEST, {**MANIFEST, "version": "2.0.0"})
    more = text + "\nreact@19:\n  version: 19\n"
    assert rules(package, change(path, text, more)) == set()
    assert rules(package, change(path, text, text.replace("one", "two"))) == {"check-tool-changed"}


def test_installed_packages_are_refused_once() -> None:
    files = [change(f"node_modules/vitest/{n}.js", None, "// @ts-nocheck") for n in range(9)]
    assert rules(*files) == {"runner-shadowed"}


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(value=st.dictionaries(st.text(max_size=5), _VALUES, max_size=4))
def test_an_object_reads_the_same_with_comments_around_it(value: dict[str, object]) -> None:
    plain = json.dumps(value)
    assert read_object(plain.encode()) == value
    assert read_object(f"// first\n{plain} /* last */".encode()) == value


@settings(max_examples=100, deadline=None)
@given(before=_VALUES, after=_VALUES, name=st.sampled_from(["package", "tsconfig", "turbo"]))
def test_any_value_is_judged_without_an_error(before: object, after: object, name: str) -> None:
    tables = ("scripts", "compilerOptions", "tasks", "exports", "overrides", "workspaces", "bin")
    old, new = dict.fromkeys(tables, before), dict.fromkeys(tables, after)
    assert rules(change(f"{name}.json", old, old)) <= {"check-config-edited"}
    assert all(rules(change(f"{name}.json", old, new)) or [True])


@pytest.mark.parametrize("text", ["[]", "1", "{'a': 1}", '{"a": b}', '{"a": 1} x', "", '{"a"}'])
def test_what_is_no_object_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableJsonError):
        read_object(text.encode())
