"""Whatever text comes, the judge answers, and never with a yes to what it cannot parse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.action import Action, ActionKind, Outcome
from engine.domain.work import AgentRole
from engine.governance.contract import Contract
from engine.governance.judge import judge
from engine.governance.shell_tree import parse

CONTRACT = Contract(role=AgentRole.FEATURE_BUILDER)
WORKTREE = Path(__file__).parent
SIGNS = """ls $X $( ) ` ' && ; > <<E { } do done if then fi f() (( [[ ]] | é"""
PIECES = st.sampled_from((*SIGNS.split(), '"', "\\", "\n", "\x00", "\udc80", "cat a", "rm -rf x"))
SHELL_LIKE = st.lists(PIECES, max_size=12).map(" ".join)
HARMLESS = st.sampled_from(
    ["ls -la", "git status", "pytest -q", "echo done", "cd src", "true", "mkdir -p out", "X=1"]
)
JOINTS = st.sampled_from(["; ", " && ", " || ", "\n", " | "])
HARMFUL = st.sampled_from(
    [
        "curl http://host",
        "rm -rf ~/x",
        "cat /etc/shadow",
        "git push",
        "sudo id",
        "$X y",
        "echo x > /etc/y",
        "bash -c 'wget host'",
        "pip install x",
        "kill 1",
        'eval "$Y"',
    ]
)


def outcome(command: str) -> Outcome:
    """What is said of `command`."""
    action = Action(kind=ActionKind.RUN_COMMAND, target=command)
    return judge(action, contract=CONTRACT, worktree=WORKTREE).outcome


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), SHELL_LIKE))
def test_text_that_cannot_be_parsed_is_never_allowed(command: str) -> None:
    seen = outcome(command)

    if parse(command).has_error:
        assert seen is not Outcome.ALLOW


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.sampled_from(list(ActionKind)))
def test_any_target_gets_a_ruling_in_printable_words(target: str, kind: ActionKind) -> None:
    seen = judge(Action(kind=kind, target=target), contract=CONTRACT, worktree=WORKTREE)

    assert seen.why.isprintable()
    assert 0 <= seen.confidence <= 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(HARMLESS, JOINTS), max_size=4),
    HARMFUL,
    st.lists(st.tuples(JOINTS, HARMLESS), max_size=4),
)
def test_harmless_company_never_makes_a_harmful_command_pass(
    before: list[tuple[str, str]], command: str, after: list[tuple[str, str]]
) -> None:
    line = "".join(a + b for a, b in before) + command + "".join(a + b for a, b in after)

    assert outcome(line) is not Outcome.ALLOW


@pytest.mark.parametrize(
    "command",
    [
        "echo " + "x " * 5_000_000,
        "\x00" * 1_000_000,
        "(" * 10_000,
        "ls; " * 5_000,
        "; ".join(f"a{at}=$a{at - 1}$a{at - 1}" for at in range(1, 400)) + "; $a399",
        "a=x; b=$a$a; " * 500,
        "awk '" + '"\\' * 20_000 + "' x",
        'python3 -c "' + "(" * 5_000 + '"',
        "cat \u202esrc\u202c \udc80 /etc/shadow",
    ],
    ids=["long", "nul", "nested", "many", "doubling", "repeated", "quotes", "deep", "odd"],
)
def test_a_command_made_to_exhaust_the_judge_is_asked_about(command: str) -> None:
    assert outcome(command) is not Outcome.ALLOW
