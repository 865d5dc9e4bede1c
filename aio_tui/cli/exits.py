"""Exit codes and the one line on stderr: the only place that turns errors into either."""

from __future__ import annotations

from enum import IntEnum

from engine.domain.errors import (
    ConfigError,
    EngineError,
    GuardrailError,
    HostError,
    InputError,
    SessionError,
    StateError,
    StoreError,
    WorkspaceError,
)


class Exit(IntEnum):
    """What a script may rely on."""

    DONE = 0
    """Everything asked for is done."""
    FAILED = 1
    """Some task failed or is not done, or the engine could not go on."""
    USAGE = 2
    """The call, the configuration, a model's key, the database or the machine is wrong: what
    depends on it was not started.
    """
    WAITING = 3
    """Something waits for a human."""
    INTERRUPTED = 130


_USAGE_ERRORS = (
    ConfigError,
    GuardrailError,
    HostError,
    InputError,
    SessionError,
    StateError,
    StoreError,
    WorkspaceError,
)


def exit_of(error: EngineError) -> Exit:
    """The exit code of a deliberate error."""
    return Exit.USAGE if isinstance(error, _USAGE_ERRORS) else Exit.FAILED
