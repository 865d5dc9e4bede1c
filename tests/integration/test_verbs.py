"""Every verb of the command line is run by some test; those that no other test runs, by these."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aio_tui.cli.parser import build_parser
from tests.support.cli import Cli
from tests.support.engines import Bench, append_outside, make_bench, say
from tests.support.repos import git

pytestmark = pytest.mark.slow

_HERE = "integration/test_verbs.py"
_CLI, _MERGE = "integration/test_cli.py", "integration/test_merge_commands.py"
_CONTRACTS, _DECISIONS = "integration/test_contracts.py", "integration/test_decision_commands.py"
RUN_BY: dict[str, str] = {
    **dict.fromkeys(
        (
            "run", "status", "stop", "undo", "init", "doctor", "config show", "task add",
            "task list", "task show", "task cancel", "task retry", "task pause", "task resume",
            "task prioritize", "task message", "task budget", "task agent", "task take",
            "task hand-back", "task import", "task export", "escalations list",
            "escalations show", "escalations approve", "escalations deny",
        ),
        _CLI,
    ),
    **dict.fromkeys(
        (
            "merge list", "merge approve", "merge reject", "merge revert", "merge run",
            "worktrees list", "worktrees clean",
        ),
        _MERGE,
    ),
    **dict.fromkeys(("contracts check", "contracts explain", "contracts replay"), _CONTRACTS),
    **dict.fromkeys(
        (
            "decisions show", "decisions verify", "decisions replay", "decisions archive",
            "decisions begin-anew",
        ),
        _DECISIONS,
    ),
    **dict.fromkeys(
        (
            "service", "keys", "metrics", "search", "task steer", "task override",
            "escalations ack", "merge discard", "contracts list", "contracts show",
            "state new-key", "state rekey", "state seal", "state reveal",
        ),
        _HERE,
    ),
    "demo": "acceptance/test_demo.py",
    "serve": "acceptance/test_serve.py",
    "verify": "integration/test_verify_command.py",
    "discover": "integration/test_discover.py",
    "notify test": "integration/test_notifications.py",
    "replay": "integration/test_replay_command.py",
    "branch": "integration/test_branching.py",
    "compare": "integration/test_branching.py",
    "report": "acceptance/test_demo.py",
    "compliance report": "integration/test_hipaa.py",
}  # fmt: skip
"""In which file, below `tests`, a test runs the verb and looks at what comes of it."""


class _Everything:
    """Names every command, so that the parser builds all of them."""

    def __contains__(self, word: object) -> bool:
        return True


def _leaves(parser: argparse.ArgumentParser, *path: str) -> Iterator[str]:
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield " ".join(path)
    for group in groups:
        for name, below in group.choices.items():
            yield from _leaves(below, *path, name)


def test_every_verb_is_run_by_a_test() -> None:
    verbs = set(_leaves(build_parser(_Everything())))
    missing, gone = verbs - RUN_BY.keys(), RUN_BY.keys() - verbs
    assert (missing, gone) == (set(), set()), "write a test that runs it, and name its file here"
    assert [verb for verb, file in RUN_BY.items() if not _is_said(verb, file)] == []


def _is_said(verb: str, file: str) -> bool:
    """Whether its last word is in the file, beside what `RUN_BY` says here."""
    said = (Path(__file__).parents[1] / file).read_text().count(f'"{verb.split()[-1]}"')
    return said > (file == _HERE and " " not in verb)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@pytest.fixture
def cli(bench: Bench, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(bench.repo, capsys)


def _add(cli: Cli, *names: str) -> None:
    for name in names:
        said = cli("task", "add", name, f"Mend {name}", "--test", f"tests/test_{name}.py")
        assert said.code == 0, said


def test_notes_verdicts_and_throwing_away_do_what_they_say(cli: Cli) -> None:
    _add(cli, "add", "scale")
    assert cli("task", "steer", "add", "mind the sign").code == 0
    assert cli("run", "--headless").code == 0
    hits = cli("search", '"mind the sign"', "--json").document["hits"]
    assert {hit["task_id"] for hit in hits} == {"add"}
    assert cli("search", "mind", "sign", "--json").document["text"] == "mind sign"
    assert {hit["task_id"] for hit in cli("search", "sign", "mind", "--json").document["hits"]} == {
        "add"
    }
    assert "nothing was found for 'zzqqy'" in cli.refuses("search", "zzqqy", code=1)
    assert cli("metrics", "--json").document["verdicts"] == {"PASS": 2}

    said = cli("task", "override", "add", "fail", "--reason", "it is too slow")
    assert said.code == 0, said
    assert cli("task", "show", "add", "--json").document["state"] == "queued"
    [made] = cli("decisions", "show", "add", "--kind", "VERDICT_OVERRIDE", "--json").document
    assert made["reason"] == "it is too slow"
    assert "--reason" in cli("task", "override", "add", "FAIL").err

    assert git(cli.repo, "branch", "--list", "fix/scale").strip()
    said = cli("merge", "discard", "scale", "--reason", "not wanted any more")
    assert said.code == 0, said
    assert git(cli.repo, "branch", "--list", "fix/scale") == ""
    assert cli("task", "show", "scale", "--json").document["state"] == "cancelled"


def test_who_only_looks_orders_nothing_before_or_after_the_verb(cli: Cli) -> None:
    _add(cli, "add")
    for words in (
        ("--read-only", "task", "cancel", "add"),
        ("task", "cancel", "add", "--read-only"),
        ("--read-only", "task", "add", "scale", "Mend it"),
        ("--read-only", "stop"),
        ("--read-only", "run", "--headless"),
        ("--read-only", "--detach"),
    ):
        assert "only looks" in cli.refuses(*words)
    said = cli("--read-only", "task", "list", "--json")
    assert [(each["task_id"], each["state"]) for each in said.document] == [("add", "queued")]


def test_a_seen_question_is_on_record_and_still_open(cli: Cli, bench: Bench) -> None:
    bench.script({"add": [[append_outside(bench.repo.parent / "mark"), say()]]})
    _add(cli, "add")
    assert cli("run", "--headless").code == 3
    [asked] = cli("escalations", "list", "--json").document
    assert asked["acknowledged_at"] is None
    said = cli("escalations", "ack", asked["id"], "--json")
    assert (said.code, said.document[0]["status"]) == (0, "applied")
    seen = cli("escalations", "show", asked["id"], "--json").document
    assert (seen["state"], seen["acknowledged_at"] is None) == ("open", False)
    assert "esc-none" in cli.refuses("escalations", "ack", "esc-none")


def test_contracts_are_listed_and_shown_as_they_are_in_force(cli: Cli, bench: Bench) -> None:
    contracts = bench.brain / "contracts"
    contracts.mkdir()
    (contracts / "BugFix.yaml").write_text("role: BugFix\nautonomy: L0.5\nprotected: [docs/**]\n")
    by_role = {each["role"]: each for each in cli("contracts", "list", "--json").document}
    assert by_role["BugFix"]["autonomy"] == "L0.5"
    assert by_role["TestWriter"]["protected"] == []
    shown = cli("contracts", "show", "BugFix", "--json").document
    assert shown == by_role["BugFix"]
    assert shown["protected"] == ["docs/**"]
    assert any(source.endswith("BugFix.yaml") for source in shown["sources"])
    assert "docs/**" in cli("contracts", "show", "BugFix").out
    assert "BugFixer" in cli.refuses("contracts", "show", "BugFixer")


def test_the_unit_of_a_service_names_what_it_starts_and_where(cli: Cli) -> None:
    said = cli("service")
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert f"WorkingDirectory={cli.repo}" in lines
    [start] = [line for line in lines if line.startswith("ExecStart=")]
    assert start.endswith(f"--repo {cli.repo} --project bench run --headless --stay")


def test_the_keys_in_force_are_told(cli: Cli, bench: Bench) -> None:
    bench.configure(more='[keys]\nretry = ["f5"]')
    [retry] = {line.strip() for line in cli("keys").out.splitlines() if " retry " in line}
    assert retry.startswith("F5 ")


def test_state_is_sealed_read_and_given_another_key(cli: Cli, bench: Bench) -> None:
    _add(cli, "add")
    assert cli("run", "--headless").code == 0
    [session] = (bench.brain / "archive").rglob("session-add-1.md")
    plain = session.read_text()
    old, new = bench.repo.parent / "old.key", bench.repo.parent / "new.key"
    for key in (old, new):
        assert cli("state", "new-key", str(key)).code == 0
        assert key.stat().st_mode & 0o777 == 0o600
    assert str(old) in cli.refuses("state", "new-key", str(old))
    assert "repository" in cli.refuses("state", "new-key", str(bench.repo / "k.key"))

    _seal_with(bench, old)
    assert "state seal" in cli.refuses("task", "list")
    done = cli("state", "seal", "--json").document
    assert done["texts"] > 0
    assert done["files"] > 0
    assert "Mend add" not in session.read_text()
    assert cli("state", "reveal", str(session)).out == plain

    assert cli("state", "rekey", str(new)).code == 0
    assert "does not open" in cli.refuses("task", "list")
    _seal_with(bench, new)
    assert [task["task_id"] for task in cli("task", "list", "--json").document] == ["add"]
    assert cli("state", "reveal", str(session)).out == plain


def _seal_with(bench: Bench, key: Path) -> None:
    bench.configure(more=f"[hipaa]\nenabled = true\nkey_file = {json.dumps(str(key))}\n")
