"""Whether a sandbox works on this machine."""

from __future__ import annotations

from functools import cache

import pytest

from engine.domain.settings import SandboxSettings
from engine.sandbox.confinement import find_walls


@cache
def lack() -> str:
    """Why none works; empty: one does."""
    return find_walls(SandboxSettings()).containment.warning


needs_sandbox = pytest.mark.skipif(bool(lack()), reason=f"no sandbox works here: {lack()}")
