from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.escapes.attempt import attempt
from tests.support.sandboxes import needs_sandbox

pytestmark = needs_sandbox
_REPO = Path(__file__).parents[2]
_NOBODY = 65534
_ENOUGH = 200


async def test_no_way_leads_out_of_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PLANTED_KEY", f"secret-{secrets.token_hex(16)}")
    assert await attempt(tmp_path) >= _ENOUGH


@pytest.mark.skipif(os.getuid() != 0, reason="the other test runs as a plain user already")
def test_no_way_leads_out_for_a_plain_user() -> None:
    folder = Path(tempfile.mkdtemp(prefix="escape-"))  # pytest's own folders are root's alone
    os.chown(folder, _NOBODY, _NOBODY)
    environ = {
        "PATH": os.defpath,
        "HOME": str(folder / "home"),
        "PLANTED_KEY": f"secret-{secrets.token_hex(16)}",
        "PYTHONPATH": os.pathsep.join([str(_REPO), *sys.path]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        ended = subprocess.run(
            [_interpreter_for_all(environ), "-m", "tests.escapes.attempt", str(folder)],
            capture_output=True,
            check=False,
            cwd=folder,
            env=environ,
            extra_groups=[],
            group=_NOBODY,
            text=True,
            timeout=120,
            user=_NOBODY,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert int(ended.stdout.split()[-1]) >= _ENOUGH


def _interpreter_for_all(environ: dict[str, str]) -> str:
    """One of this version that another user may start and that finds what is installed here."""
    for program in dict.fromkeys((sys.executable, "/usr/bin/python3", "/usr/local/bin/python3")):
        looks = "import sys, engine, msgspec, pytest; print(*sys.version_info[:2])"
        try:
            seen = subprocess.run(
                [program, "-c", looks],
                capture_output=True,
                check=False,
                cwd="/",
                env=environ,
                extra_groups=[],
                group=_NOBODY,
                text=True,
                user=_NOBODY,
            )
        except OSError:
            continue
        if seen.stdout.split() == [str(part) for part in sys.version_info[:2]]:
            return program
    pytest.skip("no interpreter of this version can be used by another user")
