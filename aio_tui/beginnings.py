"""How work gets into an empty queue, and what a run needs besides."""

from __future__ import annotations

import os
from collections.abc import Mapping

from engine.domain.settings import KEY_VARIABLES, Settings

WAYS = (
    ("aio-tui task add ID TEXT", "one task, in your words"),
    ("aio-tui discover", "what the checks of this repository find"),
    ("aio-tui demo", "a sample repository, to look around"),
)
LACKING_KEY = (
    f"No model key is set: {KEY_VARIABLES[0]}. Tasks added with --backend fixer need none"
    " (ruff's own fixes); 'aio-tui doctor' says what a run needs."
)


def lacks_key(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the configured agent needs a model key, and there is none here."""
    has_key = any(environment.get(name) for name in KEY_VARIABLES)
    return settings.backend == "anthropic" and not has_key


def ways_in_lines() -> list[str]:
    """The ways as lines of text."""
    return [f"  {command:<26}{gives}" for command, gives in WAYS]
