from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from engine.app import proving
from engine.app.confining import Confinement
from engine.app.setup import examine
from engine.domain.errors import GuardrailError
from engine.domain.settings import SandboxMode, SandboxSettings, Settings
from engine.sandbox.runner import SubprocessRunner
from tests.support.repos import make_repo
from tests.support.sandboxes import needs_sandbox

_NAMES = (
    "reads outside", "writes outside", "home", "network", "host sockets", "other processes",
    "limits", "environment", "engine state", "git of others",
)  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    return make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})


@needs_sandbox
async def test_doctor_proves_each_property_and_leaves_nothing_behind(repo: Path) -> None:
    found = {one.what: one for one in await examine(repo, project=None)}
    for name in _NAMES:
        one = found[f"sandbox: {name}"]
        assert not one.is_problem, one
        assert one.state.startswith("held; tried ")
    assert not (repo / ".aibrain").exists()


async def test_without_walls_the_same_trials_reach_what_was_planted(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = proving._surroundings

    def not_of_the_system(*given: Any) -> dict[str, Any]:
        planted = around(*given)
        return planted | {"unwritable": [str(repo / "doctor-trial")], "home": [str(repo.parent)]}

    monkeypatch.setattr(proving, "_surroundings", not_of_the_system)
    settings = Settings(repo=repo, project="p", sandbox=SandboxSettings(mode=SandboxMode.OFF))
    runner = SubprocessRunner(settings.state / "home", repo.parent / "tmp")
    confinement = Confinement(settings, runner, scratch=repo.parent / "tmp", private=repo.parent)
    proved = await proving.prove(settings, confinement)
    assert [one.name for one in proved] == list(_NAMES)
    assert [one.name for one in proved if not one.reached] == []


async def test_a_temporary_folder_too_deep_for_a_socket_is_told_with_what_to_do(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = repo.parent / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    settings = Settings(repo=repo, project="p")
    runner = SubprocessRunner(settings.state / "home", repo.parent / "tmp")
    confinement = Confinement(settings, runner, scratch=repo.parent / "tmp", private=repo.parent)
    with pytest.raises(GuardrailError, match="TMPDIR") as told:
        await proving.prove(settings, confinement)
    assert str(deep) in str(told.value)
