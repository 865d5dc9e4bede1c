"""Whether a model may be asked for whose price nobody knows."""

from __future__ import annotations

from dataclasses import replace

from engine.config import missing_price
from engine.domain.errors import InputError
from engine.domain.ids import TaskId
from engine.domain.settings import Settings

_CALLS_MODELS = "anthropic"
"""The backend whose calls cost what the price list says."""


def refuse_unpriced(
    settings: Settings, task_id: TaskId, backend: str | None, model: str | None, *, is_limited: bool
) -> None:
    """As an engine does at its start of the configured model.

    Args:
        settings: of the repository.
        task_id: the task that is to be worked on by it.
        backend: of the task; None: as configured.
        model: the model that is wanted; None: as configured.
        is_limited: whether the task has a limit of money of its own.

    Raises:
        InputError: no limit of money could be kept with it.
    """
    if not is_unpriced(settings, backend, model):
        return
    wanted = replace(settings, model=replace(settings.model, model=str(model)))
    if problem := missing_price(wanted):
        raise InputError(f"{task_id}: {problem}", hint="nothing was changed")
    if is_limited:
        raise InputError(
            f"{task_id}: model {model!r} has no price, so the task's limit of money cannot be kept",
            hint=f'add [prices."{model}"] to .aibrain/aio.toml, or take the limit away first:'
            f" 'aio-tui task budget {task_id} --usd default'",
        )


def is_unpriced(settings: Settings, backend: str | None, model: str | None) -> bool:
    """Whether nobody knows what a task costs that this model works on."""
    calls = (backend or settings.backend) == _CALLS_MODELS
    return calls and model is not None and model not in settings.prices


def told_unpriced(model: str) -> str:
    """What is said where such a model may be used."""
    return f"what {model!r} costs is not known: it has no price, and none of it is counted"
