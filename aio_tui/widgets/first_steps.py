"""What stands where nothing is in the queue: how work gets into it."""

from __future__ import annotations

from aio_tui.beginnings import LACKING_KEY, WAYS, lacks_key
from aio_tui.commands.catalogue import key_of
from aio_tui.widgets.line import BLANK, Line, line, paragraph
from aio_tui.wording import Tone
from engine.domain.settings import Settings

_SIDE_BY_SIDE_FROM = 60


def first_steps(settings: Settings, width: int, *, only_looks: bool = False) -> list[Line]:
    """What to type in a shell, and what else is needed before a run can do something: the key that
    starts one, unless one `only_looks`.
    """
    lines = [line(("The queue is empty. In a shell, these fill it:", Tone.STRONG)), BLANK]
    for command, gives in WAYS:
        if width >= _SIDE_BY_SIDE_FROM:
            lines += paragraph(f"{command:<26}{gives}", width, indent="  ")
        else:
            lines += [line("  ", command), *paragraph(gives, width, Tone.MUTED, indent="    ")]
    starts = "'aio-tui run'" if only_looks else key_of("start")
    lines += [BLANK, *paragraph(f"A run that goes takes them at once; {starts} starts one.", width)]
    if lacks_key(settings):
        lines += [BLANK, *paragraph(LACKING_KEY, width, Tone.WARN)]
    return lines
