from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("anthropic", "httpx2", "pydantic")
PROBE = """
import sys
import engine.agents.anthropic_agent, engine.agents.fixer, engine.agents.scripted
print([name for name in sys.argv[1:] if name in sys.modules])
"""


@pytest.mark.slow
def test_importing_the_agents_imports_no_sdk() -> None:
    probe = [sys.executable, "-c", PROBE, *HEAVY]
    told = subprocess.run(probe, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
