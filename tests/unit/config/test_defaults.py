from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from engine.config import load_settings, schema, settings_sources, write_default, write_missing
from engine.config.schema import EXPECTED
from engine.domain.errors import ConfigError


def test_the_written_file_changes_nothing(tmp_path: Path) -> None:
    before = load_settings(tmp_path)
    assert write_default(tmp_path) == tmp_path.resolve() / ".aibrain" / "aio.toml"
    assert load_settings(tmp_path) == before


def test_what_the_written_file_says_of_defaults_is_true(tmp_path: Path) -> None:
    """Uncommenting every documented default gives the same settings, except the examples."""
    before = load_settings(tmp_path)
    path = write_default(tmp_path)
    lines = path.read_text().splitlines()
    checks = r"kind|command|timeout_s|folder|test_timeout_s|format|report|point|tools|roles"
    hipaa = r"enabled|key_file|key_command|badge"
    own = r"name|base_branch|python|script|approve_once|low|apprise_file|quiet"
    examples = re.compile(rf"# ({own}) =|# (\[\[?|{checks}|{hipaa})")
    text = "\n".join(
        re.sub(r"^# (?=\w+ = )", "", line)
        for line in lines
        if not examples.match(line) and not re.match(r"# (input|output|cache_\w+) =", line)
    )
    path.write_text(text)
    assert load_settings(tmp_path) == before
    assert {row.key for row in settings_sources(tmp_path) if row.source != "default"} > {
        "project.parallel",
        "limits.stall_after",
        "budgets.iterations.TestWriter",
    }


def test_the_written_file_documents_every_key(tmp_path: Path) -> None:
    text = write_default(tmp_path).read_text()
    for table, keys in EXPECTED.items():
        assert f"[{table}" in text
        for key in keys:
            assert key in text


def test_every_key_that_is_read_is_expected_in_words() -> None:
    """A wrong value is told in these words, never in those of the library that reads it."""
    tables = [
        kind
        for kind in vars(schema).values()
        if isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and kind is not msgspec.Struct
    ]
    names = {"PriceTable": "prices", "CheckTable": "checks", "HookTable": "hooks"}
    read = {
        names.get(kind.__name__, kind.__name__.removesuffix("Table").lower()): kind
        for kind in tables
        if kind.__name__.endswith("Table")
    }
    assert set(read) == set(EXPECTED) - {"keys"}
    for name, kind in read.items():
        assert set(kind.__struct_fields__) <= set(EXPECTED[name]), name


def test_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    brain = tmp_path / ".aibrain"
    brain.mkdir()
    (brain / "aio.toml").write_text("[limits]\nstall_after = 4\n")
    assert write_missing(tmp_path) == (brain.resolve() / ".gitignore",)
    assert write_missing(tmp_path) == ()
    assert (brain / "aio.toml").read_text() == "[limits]\nstall_after = 4\n"


def test_run_time_state_stays_out_of_git_and_the_rest_does_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    write_default(tmp_path)
    ignored = ["state/work.db", "session-A-1.md", "archive/x", "decisions/A.jsonl"]
    kept = ["aio.toml", "contracts/BugFix.yaml", "knowledge/approved/k.md", ".gitignore"]

    def is_ignored(name: str) -> bool:
        command = ["git", "-C", str(tmp_path), "check-ignore", "-q", f".aibrain/{name}"]
        return subprocess.run(command, check=False).returncode == 0

    assert [name for name in ignored + kept if is_ignored(name)] == ignored


def test_a_missing_repository_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        write_default(tmp_path / "absent" / "repo")


def test_sources_tell_file_from_default(tmp_path: Path) -> None:
    brain = tmp_path / ".aibrain"
    brain.mkdir()
    (brain / "aio.toml").write_text(
        '[project]\nparallel = 5\n[[checks]]\nname = "tests"\nkind = "pytest"\ncommand = ["-x"]\n'
        "[budgets.iterations]\nbugfix = 2\n[prices.m]\ninput=1\noutput=2\ncache_read=3\n"
        'cache_write=4\n[budgets]\nrun_cost_usd = "none"\n'
    )
    rows = {row.key: row for row in settings_sources(tmp_path)}
    file = ".aibrain/aio.toml"
    assert rows["project.parallel"] == ("project.parallel", "5", f"{file}:2")
    assert rows["checks.tests"] == ("checks.tests", "pytest -x (at most 600 s)", f"{file}:3")
    assert rows["budgets.iterations.BugFix"] == ("budgets.iterations.BugFix", "2", f"{file}:8")
    assert rows["budgets.iterations.TestFixer"].source == "default"
    assert rows["budgets.run_cost_usd"] == ("budgets.run_cost_usd", "none", f"{file}:15")
    assert rows["prices.m"].source == f"{file}:9"
    assert rows["prices.claude-opus-4-5"].source == "default"
    assert rows["limits.lease_s"] == ("limits.lease_s", "60 (1 minute)", "default")


def test_what_comes_from_the_environment_is_told_and_a_key_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-hidden")
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://kim:hidden@127.0.0.1:9/v1?key=hidden")
    rows = [row for row in settings_sources(tmp_path) if row.source == "environment"]
    assert [(row.key, row.value) for row in rows] == [
        ("environment.ANTHROPIC_API_KEY", "set"),
        ("environment.ANTHROPIC_AUTH_TOKEN", "not set"),
        ("environment.ANTHROPIC_BASE_URL", "http://127.0.0.1:9/v1"),
    ]
