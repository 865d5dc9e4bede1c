"""Ready tasks whose backend cannot work are told as such, wherever one looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.engines import make_bench

pytestmark = pytest.mark.slow


def test_tasks_that_wait_for_a_key_say_so_until_another_backend_has_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    cli = Cli(make_bench(tmp_path, backend="anthropic").repo, capsys)
    for name in ("add", "scale"):
        cli("task", "add", name, f"Mend {name}", "--backend", "anthropic")
    cli("task", "add", "mean", "Mend mean", "--backend", "scripted", "--depends-on", "add")
    assert "no backend" not in cli("task", "list").out
    assert cli("run", "--headless", "--json").code == 2
    told = cli("status").out
    assert "2 tasks wait for their backend: no model key; set ANTHROPIC_API_KEY" in told
    assert set(cli("status", "--json").document["lacking"]) == {"add", "scale"}
    rows = {line.split()[0]: line for line in cli("task", "list").out.splitlines()}
    assert "no backend" in rows["add"]
    assert "no backend" in rows["scale"]
    assert "waits" in rows["mean"]
    assert "waits for its backend: no model key; set ANTHROPIC" in cli("task", "show", "add").out
    report = cli("report", "--since", "all").out
    assert report.count("it waits for its backend: no model key") == 2
    assert report.count("next: mend what its backend lacks, then run again: s, or aio-tui run") == 2
    assert cli("task", "agent", "scale", "--backend", "scripted").code == 0
    assert set(cli("status", "--json").document["lacking"]) == {"add"}
    assert "1 task waits for its backend" in cli("status").out
