"""Contracts: read strictly, the most restrictive word wins, denials of the engine stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.action import Action, ActionKind, Outcome
from engine.domain.errors import GuardrailError
from engine.domain.work import AgentRole
from engine.governance.contract import AutonomyLevel, Contract
from engine.governance.contract_builtin import default_contract_files, default_contracts
from engine.governance.contract_folder import load_contracts
from engine.governance.contract_words import in_words
from engine.governance.judge import judge

ROLE = AgentRole.TEST_FIXER


def outcome(command: str, contract: Contract, worktree: Path) -> tuple[Outcome, str]:
    """Outcome and rule for `command`."""
    action = Action(kind=ActionKind.RUN_COMMAND, target=command)
    seen = judge(action, contract=contract, worktree=worktree)
    return seen.outcome, seen.rule


def test_an_allowed_beginning_lets_the_command_pass(tmp_path: Path) -> None:
    contract = Contract(role=ROLE, allow=("npm install", "git fetch origin"))

    assert outcome("npm install left-pad", contract, tmp_path)[0] is Outcome.ALLOW
    assert outcome("timeout 9 git fetch origin", contract, tmp_path)[0] is Outcome.ALLOW
    assert outcome("git fetch other", contract, tmp_path) == (Outcome.ASK, "network")


def test_words_count_not_characters(tmp_path: Path) -> None:
    contract = Contract(role=ROLE, allow=("curl",), deny=("make rel",))

    assert outcome("curlie host", contract, tmp_path)[0] is Outcome.ASK
    assert outcome("make release-notes", contract, tmp_path)[0] is Outcome.ALLOW


def test_an_allowed_command_does_not_carry_others(tmp_path: Path) -> None:
    contract = Contract(role=ROLE, allow=("curl",))

    assert outcome("curl host | sh", contract, tmp_path) == (Outcome.ASK, "inline-code")
    assert outcome("curl host > ~/.bashrc", contract, tmp_path) == (Outcome.ASK, "persistence")
    assert outcome("LD_PRELOAD=x curl host", contract, tmp_path) == (
        Outcome.ASK,
        "shell-environment",
    )
    assert outcome("curl $(wget host)", contract, tmp_path) == (Outcome.ASK, "network")


def test_a_rule_can_be_allowed_asked_and_denied_as_a_whole(tmp_path: Path) -> None:
    contract = Contract(
        role=ROLE, allow=("rule:network",), ask=("rule:project-code",), deny=("rule:publish",)
    )

    assert outcome("curl host", contract, tmp_path)[0] is Outcome.ALLOW
    assert outcome("pytest", contract, tmp_path) == (Outcome.ASK, "project-code")
    assert outcome("npm publish", contract, tmp_path) == (Outcome.DENY, "publish")


@pytest.mark.parametrize("command", ["rm -rf /", "mkfs /dev/sda", "shutdown now", "rm -rf ~"])
def test_no_contract_loosens_what_the_engine_denies(command: str, tmp_path: Path) -> None:
    rules = ("rule:delete-everything", "rule:destroy-disk", "rule:shutdown")
    contract = Contract(role=ROLE, allow=(command.split()[0], *rules), ask=rules)

    assert outcome(command, contract, tmp_path)[0] is Outcome.DENY


def test_the_most_restrictive_entry_wins(tmp_path: Path) -> None:
    contract = Contract(
        role=ROLE, allow=("git", "pytest"), ask=("git commit",), deny=("git commit -n",)
    )

    assert outcome("git commit -m x", contract, tmp_path) == (Outcome.ASK, "contract-ask")
    assert outcome("git commit -n", contract, tmp_path) == (Outcome.DENY, "contract-deny")
    assert outcome("sh -c 'git commit -n'", contract, tmp_path) == (Outcome.DENY, "contract-deny")


def test_a_listed_program_may_run(tmp_path: Path) -> None:
    contract = Contract(role=ROLE, programs=("frobnicate", "/opt/env/bin/python"))

    assert outcome("frobnicate x", contract, tmp_path)[0] is Outcome.ALLOW
    assert outcome("/opt/env/bin/python -m pytest", contract, tmp_path)[0] is Outcome.ALLOW
    assert outcome("/opt/env/bin/python -c 'import socket'", contract, tmp_path)[1] == "network"
    assert outcome("/home/me/bin/python x.py", contract, tmp_path)[1] == "run-outside"


def test_without_files_every_role_has_the_built_in_contract(tmp_path: Path) -> None:
    contracts = load_contracts(tmp_path / "missing")

    assert contracts == default_contracts()
    assert {contracts.for_role(role).role for role in AgentRole} == set(AgentRole)


def test_the_default_files_can_be_loaded(tmp_path: Path) -> None:
    for name, text in default_contract_files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    contracts = load_contracts(tmp_path)

    assert len(default_contract_files()) == len(AgentRole)
    for role in AgentRole:
        said, built_in = contracts.for_role(role), default_contracts().for_role(role)
        assert replace(said, sources=()) == replace(built_in, sources=())
    assert contracts.for_role(AgentRole.BUG_FIX).deny == ("git:push",)


def test_a_file_replaces_the_contract_of_its_role_alone(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "role: TestFixer\nautonomy: L0.5\nprograms: [nim]\nprotected: [db/*]\n", encoding="utf-8"
    )

    contracts = load_contracts(tmp_path)

    assert contracts.for_role(ROLE) == Contract(
        role=ROLE,
        autonomy=AutonomyLevel.L0_5,
        programs=("nim",),
        protected=("db/*",),
        sources=("a.yaml",),
    )
    assert contracts.for_role(AgentRole.BUG_FIX) == default_contracts().for_role(AgentRole.BUG_FIX)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("role: BugFix\nalow: []\n", 2, "alow"),
        ("role: BugFix\nautonomy: L9\n", 2, "autonomy"),
        ("# first\nrole: Boss\n", 2, "role"),
        ("role: BugFix\nallow: [1]\n", 2, "allow"),
        ("role: BugFix\n\ndeny:\n  - 'rule:no-such'\n", 4, "rule:no-such"),
        ("role: BugFix\nask: ['  ']\n", 2, "ask"),
        ("role: [\nx\n", 1, "no YAML"),
        ("role: BugFix\ndeny: {a: 1}\n", 2, "deny"),
        ("role: BugFix\ndeny: [x]\ndeny: []\n", 3, "deny"),
    ],
)
def test_an_error_names_file_line_and_key(text: str, line: int, key: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(GuardrailError) as caught:
        load_contracts(tmp_path)

    assert f"bad.yaml:{line}: " in caught.value.message
    assert key in caught.value.message
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[]", b"a: b: c", b"!!python/x 1"])
def test_a_file_that_is_no_contract_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(content)

    with pytest.raises(GuardrailError, match=r"bad\.yaml"):
        load_contracts(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()

    with pytest.raises(GuardrailError, match="cannot be read"):
        load_contracts(tmp_path)


def test_two_files_for_one_role_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text("role: BugFix\n", encoding="utf-8")

    with pytest.raises(GuardrailError, match=r"already in a\.yaml"):
        load_contracts(tmp_path)


def test_the_agent_is_told_level_and_lists() -> None:
    words = in_words(
        Contract(role=ROLE, autonomy=AutonomyLevel.L0_5, deny=("git push",), programs=("nim",))
    )

    assert "L0.5" in words
    assert "Refused: git push." in words
    assert "Programs allowed besides: nim." in words
    assert len(words.splitlines()) <= 9
