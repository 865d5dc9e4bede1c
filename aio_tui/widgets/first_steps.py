"""What stands where nothing is in the queue: how work gets into it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from aio_tui.commands.catalogue import key_of
from aio_tui.widgets.line import BLANK, Line, line, paragraph
from aio_tui.wording import Tone
from engine.domain.settings import KEY_VARIABLES, Settings

_WAYS = (
    ("aio-tui task add ID TEXT", "one task, in your words"),
    ("aio-tui discover", "what the checks of this repository find"),
    ("aio-tui demo", "a sample repository, to look around"),
)
_SIDE_BY_SIDE_FROM = 60


def lacks_key(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the configured agent needs a model key, and there is none here."""
    has_key = any(environment.get(name) for name in KEY_VARIABLES)
    return settings.backend == "anthropic" and not has_key


def first_steps(settings: Settings, width: int, *, only_looks: bool = False) -> list[Line]:
    """What to type in a shell, and what else is needed before a run can do something: the key that
    starts one, unless one `only_looks`.
    """
    lines = [line(("The queue is empty. In a shell, these fill it:", Tone.STRONG)), BLANK]
    for command, gives in _WAYS:
        if width >= _SIDE_BY_SIDE_FROM:
            lines += paragraph(f"{command:<26}{gives}", width, indent="  ")
        else:
            lines += [line("  ", command), *paragraph(gives, width, Tone.MUTED, indent="    ")]
    starts = "'aio-tui run'" if only_looks else key_of("start")
    lines += [BLANK, *paragraph(f"A run that goes takes them at once; {starts} starts one.", width)]
    if lacks_key(settings):
        lacking = (
            f"No model key is set: {KEY_VARIABLES[0]}. Tasks added with --backend fixer need none"
            " (ruff's own fixes); 'aio-tui doctor' says what a run needs."
        )
        lines += [BLANK, *paragraph(lacking, width, Tone.WARN)]
    return lines
