"""Rules on source text: what they object to, and what they let pass."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.discovery.source.conflict import conflict_remarks
from engine.discovery.source.files import SourceFile
from engine.discovery.source.python import call_remarks, parse
from engine.discovery.source.script import leftover_remarks
from engine.discovery.source.secrets import secret_remarks

RANDOM = "q8Zr2LmX0vTs9KpWd4YcB7nHf1GjE5uAo3RiQz6M"
"""Stands in for what an issuer would draw; no scanner finds this file by it."""
KEY_BODY = (RANDOM * 2)[:64]
ISSUED = [
    "AKI" + "A" + "Q8ZR2LMX0VTS9KPW",
    "gh" + "p_" + RANDOM[:36],
    "github" + "_pat_" + (RANDOM * 2)[:70],
    "glp" + "at-" + RANDOM[:20],
    "xox" + "b-" + RANDOM[:30],
    "sk_" + "live_" + RANDOM[:24],
    "AI" + "za" + RANDOM[:35],
    "sk-" + "ant-" + RANDOM[:40],
    "sk-" + "proj-" + RANDOM[:40],
    "npm" + "_" + RANDOM[:36],
    "pypi-" + "AgEI" + (RANDOM * 2)[:60],
    "SG" + "." + RANDOM[:22] + "." + (RANDOM * 2)[:43],
]


def rules(text: str, path: str = "app/a.py") -> list[tuple[str, int]]:
    """Rule and line of all remarks on a Python file."""
    file = SourceFile(path, text)
    tree = parse(file)
    remarks = [*conflict_remarks(file), *secret_remarks(file)]
    remarks += call_remarks(file, tree) if tree else []
    return [(remark.rule, remark.line) for remark in remarks]


@pytest.mark.parametrize("secret", ISSUED, ids=[secret[:4] for secret in ISSUED])
def test_a_credential_is_found_by_its_shape_and_never_repeated(secret: str) -> None:
    [remark] = secret_remarks(SourceFile("tests/a.py", f"x = 1\nkey = '{secret}'\n"))
    assert remark.line == 2
    assert secret[:12] not in remark.message
    assert RANDOM[:8] not in remark.message


@pytest.mark.parametrize("newline", ["\n", "\\n", '"\n "'])
def test_a_private_key_is_found_in_files_and_in_literals(newline: str) -> None:
    text = f"-----BEGIN RSA PRIVATE{' '}KEY-----{newline}{KEY_BODY}"
    assert rules(text) == [("secret", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "if '-----BEGIN PRIVATE KEY-----' in text: pass",
        "key = '" + "AKI" + "AIOSFODNN7EXAMPLE'",
        "token = 'gh" + "p_" + "x" * 36 + "'",
        "password = 'correct-horse-battery-staple'",
        "api_key = os.environ['SERVICE_API_KEY_FOR_PRODUCTION_1']",
        "token_url = 'https://login.service.org/oauth2/v2.0/token'",
        "secret = 'your-secret-goes-here-0123'",
        "SECRET_NAME = 'projects/shop/secrets/database/1'",
    ],
)
def test_words_about_credentials_are_none(text: str) -> None:
    assert rules(text) == []


def test_a_random_value_in_the_name_of_a_credential_is_found_outside_of_tests() -> None:
    line = f"API_TOKEN: str = '{RANDOM}'"
    assert rules(line) == [("secret", 1)]
    assert rules(line, "tests/test_a.py") == []
    assert rules(f'"clientSecret": "{RANDOM}"') == [("secret", 1)]


def test_an_unresolved_conflict_is_found_where_it_begins() -> None:
    text = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> topic\n"
    assert rules(text, "notes.md") == [("conflict-marker", 2)]


@pytest.mark.parametrize(
    "text", ["Title\n=======\n", "<<<<<<< a\n>>>>>>> b\n", "x <<<<<<< y\n=======\n>>>>>>> z\n"]
)
def test_lines_that_look_like_half_a_conflict_are_none(text: str) -> None:
    assert rules(text, "notes.rst") == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("eval(text)", "eval"),
        ("exec(text, {})", "exec"),
        ("import subprocess\nsubprocess.run(command, shell=True)", "shell"),
        ("import subprocess\nsubprocess.check_output(f'ls {x}', shell=True)", "shell"),
        ("import os\nos.system('ls ' + x)", "shell"),
        ("import yaml\nyaml.load(text)", "unsafe-yaml"),
        ("import yaml\nyaml.load(text, Loader=yaml.Loader)", "unsafe-yaml"),
        ("import yaml\nyaml.load(text, yaml.FullLoader)", "unsafe-yaml"),
        ("import pickle\npickle.loads(body)", "unsafe-pickle"),
    ],
)
def test_calls_that_make_code_of_data_are_found(code: str, rule: str) -> None:
    assert rules(code) == [(rule, code.count("\n") + 1)]


@pytest.mark.parametrize(
    "code",
    [
        "eval('1 + 1')",
        "model.eval()",
        "import subprocess\nsubprocess.run(['ls', x])",
        "import subprocess\nsubprocess.run('ls | wc', shell=True)",
        "import subprocess\nsubprocess.run(x, shell=False)",
        "import yaml\nyaml.load(text, Loader=yaml.SafeLoader)",
        "import yaml\nyaml.load(text, CSafeLoader)",
        "import yaml\nyaml.safe_load(text)",
        "import pickle\npickle.loads(pickle.dumps(x))",
        "eval(text)  # noqa: S307",
        "eval(text)  # nosec",
        "eval(text)  # noqa",
        "eval(\n    text\n)  # noqa: S307",
    ],
)
def test_harmless_and_waived_calls_pass(code: str) -> None:
    assert rules(code) == []


def test_a_waiver_of_something_else_is_none() -> None:
    assert rules("eval(text)  # noqa: E501") == [("eval", 1)]


def test_tests_may_call_what_they_like() -> None:
    assert rules("eval(text)", "tests/test_a.py") == []


@pytest.mark.parametrize(
    ("code", "path", "expected"),
    [
        ("function f() {\n  debugger;\n}", "src/a.ts", [("debugger", 2)]),
        ("const s = 'debugger'; // debugger", "src/a.js", []),
        ("it.only('x', () => {})", "src/a.test.ts", [("focused-test", 1)]),
        ("test.concurrent.only('x', f)", "src/a.test.js", [("focused-test", 1)]),
        ("describe\n  .only('x', f)", "a.spec.tsx", [("focused-test", 1)]),
        ("fit('x', f)", "src/a.test.js", [("focused-test", 1)]),
        ("it('x', f); query.only('id')", "src/a.test.ts", []),
        ("it.only('x', f)", "src/a.ts", []),
        ("const a = <div>debugger</div>;", "src/a.tsx", []),
    ],
)
def test_leftovers_of_debugging_are_found(
    code: str, path: str, expected: list[tuple[str, int]]
) -> None:
    remarks = leftover_remarks(SourceFile(path, code))
    assert [(remark.rule, remark.line) for remark in remarks] == expected


@given(st.text(), st.sampled_from(["a.py", "a.ts", "a.jsx", "a.txt"]))
def test_no_text_breaks_a_rule(text: str, path: str) -> None:
    file = SourceFile(path, text)
    tree = parse(file)
    assert tree is None or isinstance(tree, ast.Module)
    remarks = [*conflict_remarks(file), *secret_remarks(file), *leftover_remarks(file)]
    assert all(1 <= remark.line <= text.count("\n") + 1 for remark in remarks)
    assert json.dumps([remark.message for remark in remarks])
