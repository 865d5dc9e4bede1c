"""What can be replayed, to choose from by key: the last runs, a task, everything."""

from __future__ import annotations

from typing import NamedTuple

from aio_tui.wording import duration
from engine.app.replay import scopes
from engine.ports.cockpit import EngineFace
from engine.ports.replay import Scope

_OFFERED_RUNS = 8


class Offer(NamedTuple):
    """One of the choices."""

    key: str
    words: str
    wanted: str | Scope | None
    """None: a task that is asked for by its id."""


async def offered(face: EngineFace, task_id: object) -> dict[str, Offer]:
    """By key, in their order; with `task_id`, if there is one."""
    runs = await face.read(lambda reader: scopes.runs(reader, limit=_OFFERED_RUNS))
    offers = [Offer(str(at), _run_words(run), run) for at, run in enumerate(runs, start=1)]
    if task_id is not None:
        offers.append(Offer("t", f"task {task_id}", str(task_id)))
    offers.append(Offer("a", "the whole journal", "all"))
    offers.append(Offer("i", "another task, by its id", None))
    return {offer.key: offer for offer in offers}


def _run_words(run: Scope) -> str:
    return f"{run.title}, {duration(run.lasted_s)}{', goes on' if run.is_open else ''}"
