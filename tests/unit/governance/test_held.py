from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.action import Action, ActionKind, Outcome
from engine.domain.errors import GuardrailError
from engine.domain.escalation import EACH_TIME
from engine.domain.work import AgentRole
from engine.governance.contract import Contract
from engine.governance.contract_builtin import default_contracts
from engine.governance.contract_file import parse_file
from engine.governance.held import HOLDABLE_RULES, INSIDE_RULES, needs_release
from engine.governance.judge import judge
from engine.governance.rules import RULES

ALLOW, ASK, DENY = Outcome.ALLOW, Outcome.ASK, Outcome.DENY
_CONTRACT = default_contracts().for_role(AgentRole.BUG_FIX)


def _said(
    command: str, folder: Path, contract: Contract = _CONTRACT, *, is_sandboxed: bool = True
) -> Outcome:
    action = Action(kind=ActionKind.RUN_COMMAND, target=command)
    return judge(action, contract=contract, worktree=folder, is_sandboxed=is_sandboxed).outcome


@pytest.mark.parametrize(
    "command",
    [
        "python -c 'exec(input())'", "frobnicate --all", "kill 4711", "cat ../other/x",
        "eval \"$(cat x)\"",
    ],
)  # fmt: skip
def test_what_cannot_get_out_is_asked_about_only_without_a_sandbox(
    command: str, tmp_path: Path
) -> None:
    assert _said(command, tmp_path) is ALLOW
    assert _said(command, tmp_path, is_sandboxed=False) is ASK


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        ("curl https://x.example", ASK), ("git push", DENY), ("git reset --hard HEAD~3", ASK),
        ("rm -rf .git", ASK), ("echo x > .aibrain/aio.toml", ASK), ("rm -rf /", DENY),
        ("frobnicate && curl https://x.example", ASK), ("npm install x", ASK),
        ("cat ~/.ssh/id_rsa", ASK), ("sudo true", ASK), ("echo x > /etc/motd", ASK),
    ],
)  # fmt: skip
def test_what_a_sandbox_does_not_make_good_for_is_judged_as_ever(
    command: str, outcome: Outcome, tmp_path: Path
) -> None:
    assert _said(command, tmp_path) is outcome
    assert _said(command, tmp_path, is_sandboxed=False) is outcome


@pytest.mark.parametrize(
    "contract",
    [
        replace(_CONTRACT, allow=(*_CONTRACT.allow, "host:a.example")),
        replace(_CONTRACT, protected=("uv.lock",)),
        replace(_CONTRACT, ask=("rule:unknown-program",)),
        replace(_CONTRACT, allow=()),
    ],
)
def test_a_hole_or_the_contracts_own_word_brings_the_question_back(
    contract: Contract, tmp_path: Path
) -> None:
    assert _said("frobnicate", tmp_path, contract) is ASK


def test_a_file_tool_is_no_held_command(tmp_path: Path) -> None:
    action = Action(kind=ActionKind.READ_FILE, target="/etc/hostname")
    seen = judge(action, contract=_CONTRACT, worktree=tmp_path, is_sandboxed=True)
    assert seen.outcome is ASK


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("allow: ['held:network']\n", "makes good for"),
        ("allow: ['held:nonsense']\n", "makes good for"),
        ("deny: ['held:inline-code']\n", "'allow' alone"),
    ],
)
def test_entries_that_mean_nothing_are_refused(text: str, part: str) -> None:
    with pytest.raises(GuardrailError, match=part):
        parse_file(text.encode(), Path("x.yaml"))


def test_every_rule_is_on_one_side_of_the_walls() -> None:
    assert set(RULES) >= INSIDE_RULES | HOLDABLE_RULES | EACH_TIME
    released = {rule for rule in RULES if needs_release(rule)}
    assert released.isdisjoint(INSIDE_RULES)
    assert {"network", "write-outside", "git-push", "contract-ask"} <= released
