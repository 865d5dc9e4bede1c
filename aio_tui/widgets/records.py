"""What iterations left behind and what they were given: checkpoints, knowledge objects."""

from __future__ import annotations

from aio_tui.text import fit
from aio_tui.widgets.line import Line, line, signed
from aio_tui.wording import VERDICT_SIGNS, Tone
from engine.domain.checkpoint import Checkpoint
from engine.ports.cockpit import TaskView


def checkpoint_lines(view: TaskView, width: int) -> list[Line]:
    """One line per checkpoint, newest first; its key is its number."""
    if not view.checkpoints:
        return [line(("no checkpoint yet: each finished iteration leaves one", Tone.MUTED))]
    titles = line(("  #  time   verdict    commit    session file (Enter opens it)", Tone.MUTED))
    return [titles, *(_checkpoint(point, width) for point in reversed(view.checkpoints))]


def _checkpoint(point: Checkpoint, width: int) -> Line:
    return line(
        (f"{point.iteration_count:>3}  ", Tone.STRONG),
        f"{point.timestamp:%H:%M}  ",
        signed(VERDICT_SIGNS[point.verdict.kind], width=11),
        (f"{fit(point.commit[:8], 8)}  ", Tone.MUTED),
        fit(point.session_ref, max(width - 33, 8)).rstrip(),
        key=point.iteration_count,
    )


def knowledge_lines(view: TaskView, width: int) -> list[Line]:
    """The knowledge objects that iterations were given, newest first."""
    if not view.knowledge:
        return [line(("no knowledge objects were used", Tone.MUTED))]
    return [
        line(
            (f"{hit.iteration:>3}  ", Tone.MUTED),
            (f"{hit.score:4.0%}  ", Tone.NORMAL),
            (fit(hit.ko_id, 16), Tone.STRONG),
            " ",
            fit(hit.title, max(width - 29, 8)).rstrip(),
        )
        for hit in view.knowledge
    ]
