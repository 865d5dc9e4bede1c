"""The cockpit's keys while the run goes, and those that end it."""

from __future__ import annotations

from functools import partial

from aio_tui.places import COCKPIT
from tests.acceptance.commands.scene import ALIVE, ASKED, VERIFIED
from tests.acceptance.commands.walk import RESUME, Facts, Row, Typed

row = partial(Row, place=COCKPIT)

_EARLY, _LATER, *_ = VERIFIED


def _runs(facts: Facts) -> bool:
    return facts.told("status")["run"] in ("running", "idle")


def _is_on_main(facts: Facts, name: str) -> bool:
    return "right" in facts.git("show", f"main:parts/{name}.txt")


_RUN = (
    row(command="start", shows=(" ▶ running ",), fact=_runs),
    row(command="pause_or_resume_all", shows=(" ‖ paused ",)),
    row(command="pause_or_resume_all", shows=(" ▶ running ",), fact=_runs),
    row(command="more_parallel", shows=("/4 busy",)),
    row(command="less_parallel", shows=("/3 busy",)),
)

_AT_WORK = (
    row(
        command="approve_once",
        on=ASKED,
        before=("? asks you",),
        fact=lambda facts: facts.scene.mark(ASKED).exists(),
    ),
    row(
        command="message_now",
        on=ALIVE,
        before=("▶ running",),
        answers=((f"Message for the agent of {ALIVE}, now", (Typed("hurry up"), "Enter")),),
        fact=lambda facts: "hurry up" in str(facts.decided("STEERING", ALIVE)),
    ),
    row(
        command="pause_now",
        on=ALIVE,
        shows=(RESUME,),
        fact=lambda facts: facts.state(ALIVE) == "paused",
    ),
    row(
        command="pause_or_resume",
        on=ALIVE,
        shows=("▶ running",),
        fact=lambda facts: facts.state(ALIVE) == "running",
    ),
)

_LANDING = (
    row(
        command="merge",
        on=_EARLY,
        shows=("✓ merged",),
        fact=lambda facts: _is_on_main(facts, _EARLY),
    ),
    row(
        command="revert",
        on=_EARLY,
        answers=(
            (f"Revert the merge of {_EARLY}: why?", (Typed("too early"), "Enter")),
            ("y  revert the merge", ("y",)),
        ),
        shows=("■ blocked", "too early"),
        fact=lambda facts: not _is_on_main(facts, _EARLY),
    ),
    row(
        command="merge_all",
        answers=(("Merge the verified work of", ("y",)),),
        fact=lambda facts: _is_on_main(facts, _LATER),
    ),
)

_STOPPING = (
    row(
        command="halt",
        answers=(("EMERGENCY STOP", (Typed("smoke"), "Enter")),),
        shows=("halted",),
        fact=lambda facts: facts.told("status")["halted"],
    ),
    row(
        command="undo",
        hides=("halted",),
        fact=lambda facts: not facts.told("status")["halted"],
    ),
)

GOING = (*_RUN, *_AT_WORK)
LANDING = (*_LANDING, *_STOPPING)
"""Once those who asked have ended: what is given up is begun anew, and asks again."""

STOP = (
    row(
        command="stop",
        answers=(("Stop the run?", ("a",)),),
        fact=lambda facts: facts.told("status")["run"] in ("stopped", "no engine"),
    ),
)
