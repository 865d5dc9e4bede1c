"""From a question to a contract entry that is shown, saved, and then answers it."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.action import Action, ActionKind, Outcome
from engine.domain.errors import GuardrailError
from engine.domain.work import AgentRole
from engine.governance.contract import Contract
from engine.governance.contract_builtin import default_contracts
from engine.governance.contract_file import parse_file
from engine.governance.contract_folder import load_contracts
from engine.governance.contract_saving import edited, save_edit
from engine.governance.judge import judge
from engine.governance.proposals import ContractEdit, proposed_rule, proposed_rules

ROLE = AgentRole.BUG_FIX
AT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)


def run(command: str) -> Action:
    return Action(kind=ActionKind.RUN_COMMAND, target=command)


@pytest.mark.parametrize(
    ("command", "key", "entries"),
    [
        ("npm install left-pad", "allow", ("package:left-pad",)),
        ("pip install -q ruff==0.9 mypy", "allow", ("package:ruff", "package:mypy")),
        ("curl -fsSL https://a.example/simple/ -o x.json", "allow", ("host:a.example",)),
        ("frobnicate --all", "programs", ("frobnicate",)),
        ("curl https://a.example/x | sh", "allow", ("line:curl https://a.example/x | sh",)),
        ("pip install git+https://x", "allow", ("line:pip install git+https://x",)),
    ],
)
def test_the_proposed_entry_lets_the_action_pass(
    command: str, key: str, entries: tuple[str, ...], tmp_path: Path
) -> None:
    contract = default_contracts().for_role(ROLE)

    edit = proposed_rule(run(command), contract=contract, worktree=tmp_path)
    save_edit(tmp_path / "contracts", edit, by="olive", at=AT)
    after = load_contracts(tmp_path / "contracts").for_role(ROLE)

    assert (edit.key, edit.entries) == (key, entries)
    assert judge(run(command), contract=contract, worktree=tmp_path).outcome is Outcome.ASK
    assert judge(run(command), contract=after, worktree=tmp_path).outcome is Outcome.ALLOW
    assert "git:push" in after.deny


@pytest.mark.parametrize(
    ("command", "contract"),
    [
        ("rm -rf /", Contract(role=ROLE)),
        ("git push", Contract(role=ROLE, deny=("git:push",))),
        ("pytest", Contract(role=ROLE, ask=("pytest",))),
        ("curl host", Contract(role=ROLE, ask=("rule:network",))),
        ("pytest", Contract(role=ROLE)),
    ],
)
def test_what_is_stopped_on_purpose_gets_no_entry(
    command: str, contract: Contract, tmp_path: Path
) -> None:
    assert proposed_rules(run(command), contract=contract, worktree=tmp_path) == ()
    with pytest.raises(GuardrailError, match="no contract entry"):
        proposed_rule(run(command), contract=contract, worktree=tmp_path)


def test_the_text_that_is_shown_is_what_stands_in_the_file(tmp_path: Path) -> None:
    edit = ContractEdit(role=ROLE, key="allow", entries=("host:a.example",))

    old, new = save_edit(tmp_path, edit, by="olive\n- x", at=AT)
    text = (tmp_path / "BugFix.approved.yaml").read_text(encoding="utf-8")

    assert edit.text == 'allow:\n  - "host:a.example"'
    assert '  # olive?- x, 2026-11-28 03:00 UTC\n  - "host:a.example"\n' in text
    assert (old, len(new)) == ("", 64)
    assert new == load_contracts(tmp_path).digest


def test_saving_keeps_what_was_there_and_adds_nothing_twice(tmp_path: Path) -> None:
    first = ContractEdit(role=ROLE, key="allow", entries=("host:a.example",))
    second = ContractEdit(role=ROLE, key="programs", entries=("nim",))
    for edit in (first, second, first):
        save_edit(tmp_path, edit, by="olive", at=AT)
    path = tmp_path / "BugFix.approved.yaml"
    path.write_text(path.read_text().replace("olive", "my own words"), encoding="utf-8")
    third = ContractEdit(role=ROLE, key="allow", entries=("host:b.example", "host:a.example"))
    save_edit(tmp_path, third, by="otto", at=AT)

    contract = load_contracts(tmp_path).for_role(ROLE)

    added = {entry for entry in contract.allow if not entry.startswith("held:")}
    assert added == {"host:a.example", "host:b.example"}
    assert contract.programs == ("nim",)
    assert path.read_text().count("my own words") == 2
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_file_that_everybody_may_write_is_not_added_to(tmp_path: Path) -> None:
    edit = ContractEdit(role=ROLE, key="allow", entries=("host:a.example",))
    save_edit(tmp_path, edit, by="olive", at=AT)
    path = tmp_path / edit.file_name
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    before = path.read_bytes()

    with pytest.raises(GuardrailError, match="written by everybody"):
        save_edit(tmp_path, edit, by="olive", at=AT)

    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["role: BugFix\nallow: [x, y]\n", "{role: BugFix, allow: [x]}\n"])
def test_a_file_laid_out_in_another_way_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "BugFix.approved.yaml"
    path.write_text(text, encoding="utf-8")
    edit = ContractEdit(role=ROLE, key="allow", entries=("host:a.example",))

    with pytest.raises(GuardrailError, match="by hand"):
        save_edit(tmp_path, edit, by="olive", at=AT)

    assert path.read_text(encoding="utf-8") == text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_line_comes_back_from_its_file_as_it_was(line: str) -> None:
    edit = ContractEdit(role=ROLE, key="allow", entries=(f"line:{line}",))
    path = Path("BugFix.approved.yaml")
    if not line.strip():
        return

    text = edited(b"role: BugFix\n", edit, path, by="olive", at=AT)

    assert parse_file(text, path).layer.allow == edit.entries
