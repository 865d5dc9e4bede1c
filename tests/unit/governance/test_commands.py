"""Labelled command lines: what does harm is stopped by its rule, everyday work passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.action import Action, ActionKind, Outcome, Ruling
from engine.domain.work import AgentRole
from engine.governance.contract import Contract
from engine.governance.foresight import foreseen
from engine.governance.judge import judge

HERE = Path(__file__).parent
CONTRACT = Contract(role=AgentRole.BUG_FIX)


def harmful() -> list[tuple[str, str]]:
    """Pairs of rule and command."""
    pairs, rule = [], ""
    for line in (HERE / "harmful.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rule = line.removeprefix("## ")
        elif line and not line.startswith("# "):
            pairs.append((rule, line.replace("⏎", "\n")))
    return pairs


def harmless() -> list[str]:
    """Commands."""
    lines = (HERE / "harmless.txt").read_text(encoding="utf-8").splitlines()
    return [line.replace("⏎", "\n") for line in lines if line and not line.startswith("# ")]


def ruling(command: str, worktree: Path) -> Ruling:
    """What the guardrails say of `command`."""
    action = Action(kind=ActionKind.RUN_COMMAND, target=command)
    return judge(action, contract=CONTRACT, worktree=worktree)


@pytest.fixture(scope="module")
def worktree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A worktree with the usual folders."""
    root = tmp_path_factory.mktemp("repository") / "worktree"
    for name in ("src", "tests", "docs", "build", "scripts"):
        (root / name).mkdir(parents=True)
    return root


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(harmful()) >= 800
    assert len(harmless()) >= 500


def test_every_harmful_command_is_stopped_by_its_rule(worktree: Path) -> None:
    seen = [(rule, command, ruling(command, worktree)) for rule, command in harmful()]
    wrong = [
        f"{rule}: {command!r} was {one.outcome.value} by {one.rule}"
        for rule, command, one in seen
        if one.outcome is Outcome.ALLOW or one.rule != rule
    ]

    assert not wrong, "\n".join(wrong)


def test_every_everyday_command_is_allowed(worktree: Path) -> None:
    seen = [(command, ruling(command, worktree)) for command in harmless()]
    wrong = [f"{command!r}: {one.why}" for command, one in seen if one.outcome is not Outcome.ALLOW]

    assert not wrong, "\n".join(wrong)


SURROUNDINGS = [
    "true && {}",
    "false || {}",
    "ls; {}",
    "{}; ls",
    "{} && ls",
    "ls | {}",
    "{} | cat",
    "( {} )",
    "{{ {}; }}",
    "if true; then {}; fi",
    "while true; do {}; break; done",
    "case x in x) {};; esac",
    "echo $( {} )",
    "x=$( {} )",
    "cat <( {} )",
    "f() {{ {}; }}; f",
    "ls\n{}\npwd",
    "env A=1 timeout 5 {}",
    "nohup nice -n 5 {} &",
    "cat <<EOF\n$( {} )\nEOF",
    "! {}",
    "pytest -q > log.txt 2>&1; {}",
]


@pytest.mark.parametrize("command", ["curl http://host/x", "rm -rf ~/work", "cat /etc/shadow"])
def test_surroundings_do_not_hide_a_harmful_command(command: str, worktree: Path) -> None:
    lines = [around.format(command) for around in SURROUNDINGS]
    passed = [line for line in lines if ruling(line, worktree).outcome is Outcome.ALLOW]

    assert not passed


def test_the_gravest_part_of_a_line_decides(worktree: Path) -> None:
    seen = ruling("ls; pip install x; rm -rf /; curl host", worktree)

    assert (seen.outcome, seen.rule) == (Outcome.DENY, "delete-everything")


def test_the_offending_part_is_quoted_without_control_characters(worktree: Path) -> None:
    seen = ruling("cat '/etc/shadow\x1b[2J\n'" + "x" * 500, worktree)

    assert seen.outcome is Outcome.ASK
    assert seen.why.isprintable()
    assert "/etc/shadow" in seen.why
    assert len(seen.why) < 200


def test_a_line_break_that_the_grammar_misses_does_not_hide_the_next_line(worktree: Path) -> None:
    seen = ruling("ls | ls | ls\ncurl http://host && ls", worktree)

    assert (seen.outcome, seen.rule) == (Outcome.ASK, "network")
    assert ruling("ls | ls | ls\npytest -q && ls", worktree).outcome is Outcome.ALLOW


@pytest.mark.parametrize("command", ["cat é/ü.txt", "echo 日本 > ß.txt", "ls ZQ41QZ"])
def test_names_beyond_ascii_are_read_as_they_are(command: str, worktree: Path) -> None:
    assert ruling(command, worktree).outcome is Outcome.ALLOW
    assert ruling(command + "; cat ../é", worktree).why.endswith("'../é'")


def test_the_code_for_odd_characters_cannot_be_forged(worktree: Path) -> None:
    assert ruling("cat aZQ2fQZb/../../x", worktree).rule == "read-outside"


OVERWRITES = "overwrites the branch there: commits of others can be lost"


@pytest.mark.parametrize(
    ("command", "note"),
    [
        ("git push origin main", ""),
        (
            "git push --force origin main",
            OVERWRITES,
        ),
        ("git push -uf origin main", OVERWRITES),
        ("git push origin +main", OVERWRITES),
        (
            "git push --force-with-lease",
            "overwrites the branch there, unless others have sent commits meanwhile",
        ),
        ("git push origin :old", "deletes branches there"),
    ],
)
def test_a_push_that_overwrites_what_others_sent_says_so(
    command: str, note: str, tmp_path: Path
) -> None:
    told = ruling(command, tmp_path)
    assert told.rule == "git-push"
    assert told.effect == "sends commits over the network"
    assert told.why == f"{told.effect}: '{command}'" + (f" ({note})" if note else "")


def test_that_a_command_runs_its_own_program_is_not_foretold(tmp_path: Path) -> None:
    def told(command: str) -> tuple[str, ...]:
        action = Action(kind=ActionKind.RUN_COMMAND, target=command)
        return foreseen(action, worktree=tmp_path)

    assert told("git push --force") == ()
    assert told("rm a && git status") == ("runs 'rm'", "deletes 'a'", "runs 'git'")
