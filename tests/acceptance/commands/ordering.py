"""Orders in the cockpit that take effect while nothing runs, and what the store says of them."""

from __future__ import annotations

from functools import partial

from aio_tui.places import COCKPIT
from tests.acceptance.commands.scene import FAILED, TRIED
from tests.acceptance.commands.walk import PAUSE, RESUME, Fact, Row, Typed

row = partial(Row, place=COCKPIT)

_LOST, *_, _SUNK = FAILED


def _answered(task: str, state: str, **more: str) -> Fact:
    """Looks whether the question of the task is answered so."""
    wanted = {"state": state, **more}
    return lambda facts: wanted.items() <= facts.question(task).items()


_QUESTIONS = [
    row(
        command="acknowledge",
        on="once",
        fact=lambda facts: facts.question("once")["acknowledged_at"],
    ),
    row(command="approve_once", on="once", fact=_answered("once", "approved", scope="once")),
    row(
        command="approve_for_task",
        on="whole",
        answers=(("From now on whole may do without a question", ("y",)),),
        fact=_answered("whole", "approved", scope="task"),
    ),
    row(
        command="deny",
        on="deny",
        answers=(("Deny: what shall the agent know?", (Typed("not there, ever"), "Enter")),),
        fact=_answered("deny", "denied", reason="not there, ever"),
    ),
    row(
        command="edit_and_approve",
        on="edit",
        answers=(("Let this run instead", (Typed("echo changed > here.txt"), "Enter")),),
        fact=_answered("edit", "approved", edited="echo changed > here.txt"),
    ),
    row(
        command="approve_always",
        on="always",
        answers=(("Save this in the contract, and approve?", ("y",)),),
        fact=_answered("always", "approved", scope="always"),
    ),
    row(
        command="deny_and_pause",
        on="hold",
        answers=(("Deny and pause: what shall the agent know?", (Typed("wait"), "Enter")),),
        fact=lambda facts: (
            facts.question("hold")["state"] == "denied" and facts.state("hold") == "paused"
        ),
    ),
]

_VERIFIED = [
    row(
        command="reject",
        on="other",
        answers=(("Reject the work of other", (Typed("say it better"), "Enter")),),
        fact=lambda facts: (
            facts.state("other") == "queued"
            and "say it better" in str(facts.decided("VERDICT_OVERRIDE", "other"))
        ),
    ),
    row(
        command="discard_work",
        on="away",
        answers=(("Throw the work of away away?", ("y",)),),
        fact=lambda facts: (
            facts.state("away") == "cancelled" and not facts.git("branch", "--list", "fix/away")
        ),
    ),
]

_TASKS = [
    row(
        command="pause_now",
        on="spare",
        shows=(RESUME,),
        fact=lambda facts: facts.state("spare") == "paused",
    ),
    row(
        command="pause_or_resume",
        on="spare",
        shows=(PAUSE,),
        fact=lambda facts: facts.state("spare") == "queued",
    ),
    row(
        command="pause_or_resume",
        on="plain",
        shows=(RESUME,),
        fact=lambda facts: facts.state("plain") == "paused",
    ),
    row(
        command="pause_or_resume",
        on="plain",
        shows=(PAUSE,),
        fact=lambda facts: facts.state("plain") == "queued",
    ),
    row(
        command="more_urgent",
        on="plain",
        shows=(" p4 ",),
        fact=lambda facts: facts.task("plain")["priority"] == 4,
    ),
    row(command="more_urgent", on="plain", key=1, shows=(" p3 ",)),
    row(
        command="less_urgent",
        on="plain",
        shows=(" p4 ",),
        fact=lambda facts: facts.task("plain")["priority"] == 4,
    ),
    row(
        command="grant",
        on="plain",
        answers=(("How many more iterations for plain?", ("Enter",)),),
        shows=("none of 20 iterations",),
    ),
    row(
        command="limits",
        on="plain",
        answers=(
            ("Which limit of plain is to change?", ("m",)),
            ("US dollars in all", (Typed("7"), "Enter")),
        ),
        fact=lambda facts: facts.task("plain")["max_cost_usd"] == 7,
    ),
    row(
        command="steer",
        on="plain",
        answers=(("Note for the next iteration of plain", (Typed("mind it"), "Enter")),),
        shows=("mind it",),
        fact=lambda facts: "mind it" in str(facts.decided("STEERING", "plain")),
    ),
    row(
        command="cancel",
        on="first",
        answers=(("Cancel first?", ("y",)),),
        fact=lambda facts: facts.state("first") == "cancelled",
    ),
    row(command="undo", on="first", fact=lambda facts: facts.state("first") == "queued"),
    row(command="retry", on=_LOST, fact=lambda facts: facts.state(_LOST) == "queued"),
    row(
        command="override",
        on=_SUNK,
        answers=(
            (f"Override the verdict of {_SUNK} to", ("p",)),
            (f"Override {_SUNK} to PASS: why?", (Typed("by hand"), "Enter")),
        ),
        fact=lambda facts: "by hand" in str(facts.decided("VERDICT_OVERRIDE", _SUNK)),
    ),
    row(
        command="branch",
        on=TRIED,
        answers=(
            ("Branch tried after which of its 2 iterations?", (Typed("1"), "Enter")),
            ("Branch tried after iteration 1: what shall be otherwise?", ("s",)),
            ("What shall be done otherwise?", (Typed("another way"), "Enter")),
            ("say what shall be done otherwise: another way", ("y",)),
        ),
        fact=lambda facts: facts.task("tried-at1").get("branched_from") == TRIED,
    ),
    row(
        command="take_over",
        on="third",
        answers=(
            (
                "This is your shell in",
                (Typed("echo right > parts/third.txt; exit"), "Enter"),
            ),
        ),
        shows=("third is still yours",),
        hides=(PAUSE,),
        fact=lambda facts: facts.state("third") == "taken_over",
    ),
    row(
        command="hand_back",
        on="third",
        answers=(("Hand third back.", (Typed("I began"), "Enter")),),
        shows=(PAUSE,),
        fact=lambda facts: (
            facts.state("third") == "queued"
            and "right" in facts.git("show", "fix/third:parts/third.txt")
        ),
    ),
]

ORDERING = (*_QUESTIONS, *_VERIFIED, *_TASKS)
