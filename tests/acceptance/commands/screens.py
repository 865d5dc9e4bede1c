"""The keys of every other screen.

Orders that the cockpit has too are given where nothing asks first; where something asks, it is seen
that it asks about the right task, and backed out of: what comes then is the same as in the cockpit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tests.acceptance.commands.scene import TRIED
from tests.acceptance.commands.walk import PAUSE, RESUME, Fact, Row, Typed

_ESCAPE = ("Escape",)


def _asks(place: str, on: str, questions: Sequence[tuple[str, str]]) -> list[Row]:
    """Keys of commands that ask so, with who backs out."""
    return [
        Row(place=place, command=command, on=on, answers=((text, _ESCAPE),))
        for command, text in questions
    ]


def _is(task: str, state: str) -> Fact:
    return lambda facts: facts.state(task) == state


def _has_priority(task: str, *priorities: int) -> Fact:
    return lambda facts: facts.task(task)["priority"] in priorities


def _questions(place: str, task: str) -> list[Row]:
    """Of one open question, which is approved in the end."""
    return [
        *_asks(
            place,
            task,
            [
                ("approve_for_task", f"From now on {task} may do without a question"),
                ("deny", "Deny: what shall the agent know?"),
                ("edit_and_approve", "Let this run instead"),
                ("approve_always", "Save this in the contract, and approve?"),
                ("deny_and_pause", "Deny and pause: what shall the agent know?"),
            ],
        ),
        Row(
            place=place, command="acknowledge", on=task,
            fact=lambda facts: facts.question(task)["acknowledged_at"],
        ),
        Row(
            place=place, command="approve_once", on=task,
            fact=lambda facts: facts.question(task)["state"] == "approved",
        ),
    ]  # fmt: skip


def _merging(place: str, task: str) -> list[Row]:
    """Of verified work, which is in line in the end."""
    return [
        *_asks(
            place,
            task,
            [
                ("merge_all", "Merge the verified work of"),
                ("reject", f"Reject the work of {task}"),
                ("discard_work", f"Throw the work of {task} away?"),
            ],
        ),
        Row(place=place, command="merge", on=task, fact=_is_in_line(task)),
        Row(
            place=place, command="revert", on=task, before=("✓ merged",),
            answers=((f"Revert the merge of {task}: why?", _ESCAPE),),
        ),
    ]  # fmt: skip


def _is_in_line(task: str) -> Fact:
    return lambda facts: facts.task(task)["merge_state"] != "waiting"


def _steering(place: str, *, queued: str, failed: str, asking: str) -> list[Row]:
    row = partial(Row, place=place, on=queued)
    return [
        *_asks(place, asking, [("message_now", f"Message for the agent of {asking}, now")]),
        Row(place=place, command="retry", on=failed, fact=_is(failed, "queued")),
        *_asks(
            place,
            queued,
            [
                ("override", f"Override the verdict of {queued} to"),
                ("steer", f"Note for the next iteration of {queued}"),
                ("grant", f"How many more iterations for {queued}?"),
                ("limits", f"Which limit of {queued} is to change?"),
                ("cancel", f"Cancel {queued}?"),
            ],
        ),
        row(command="less_urgent", fact=_has_priority(queued, 6)),
        # What is shown may be older than what the store says, and is what the key goes by.
        row(command="more_urgent", fact=_has_priority(queued, 4, 5)),
        row(command="pause_or_resume", shows=(RESUME,), fact=_is(queued, "paused")),
        row(command="pause_or_resume", shows=(PAUSE,), fact=_is(queued, "queued")),
        row(command="pause_now", shows=(RESUME,), fact=_is(queued, "paused")),
        row(
            command="take_over",
            answers=(("This is your shell in", (Typed("exit"), "Enter")),),
            shows=(f"{queued} is still yours",),
            hides=(RESUME,),
            fact=_is(queued, "taken_over"),
        ),
        row(
            command="hand_back",
            answers=((f"Hand {queued} back.", ("Enter",)),),
            shows=(PAUSE,),
            fact=_is(queued, "queued"),
        ),
    ]


_story = partial(Row, place="task", on=TRIED)
_STORY = [
    _story(command="previous_iteration", before=("iteration 2 of 2",), shows=("iteration 1 of 2",)),
    _story(command="next_iteration", shows=("iteration 2 of 2",)),
    _story(
        command="branch",
        answers=(
            ("Branch tried after iteration 2: what shall be otherwise?", ("y",)),
        ),
        fact=lambda facts: facts.task("tried-at2").get("branched_from") == TRIED,
    ),
    _story(command="next_part", shows=("[2 Prompt]",)),
    _story(command="part_tools", shows=("[3 Tools]",)),
    _story(command="part_verdict", shows=("[4 Verdict]",)),
    _story(command="part_knowledge", shows=("[5 Knowledge]",)),
    _story(command="part_session", shows=("[6 Session]",)),
    _story(command="part_output", shows=("[1 Output]",)),
    _story(command="part_prompt", shows=("[2 Prompt]",)),
    _story(command="previous_iteration", key=1, shows=("iteration 1 of 2",)),
]  # fmt: skip

_ONE_COLUMN = "\n   1 + one"
_review = partial(Row, place="review", on=TRIED)
_REVIEW = [
    _review(command="next_file", before=("file 1 of 3",), shows=("file 2 of 3",)),
    _review(command="previous_file", shows=("file 1 of 3",)),
    _review(command="next_hunk", shows=("file 2 of 3",)),
    _review(command="previous_hunk", shows=("file 1 of 3",)),
    _review(command="switch_columns", hides=(_ONE_COLUMN,)),
    _review(command="switch_columns", shows=(_ONE_COLUMN,)),
    _review(command="switch_pane", shows=("Checks, as the engine ran them",)),
    *_asks(
        "review",
        TRIED,
        [
            ("override", f"Override the verdict of {TRIED} to"),
            ("steer", f"Note for the next iteration of {TRIED}"),
        ],
    ),
    _review(command="retry", on="void", fact=_is("void", "queued")),
    Row(
        place="review", command="remark", on="back", before=("file 1 of 1",), ready=("G",),
        answers=(("Comment on parts/back.txt", (Typed("why so?"), "Enter")),),
        shows=("why so?",),
    ),
    Row(
        place="review", command="send_back", on="back",
        answers=(("Send back back with 1 comment", (Typed("once more"), "Enter")),),
        fact=lambda facts: facts.state("back") == "queued"
        and "why so?" in str(facts.decided("STEERING", "back")),
    ),
    Row(
        place="review", command="merge", on="look", before=("file 1 of 1",),
        fact=_is_in_line("look"),
    ),
    Row(
        place="review", command="revert", on="look", before=("✓ merged",),
        answers=(("Revert the merge of look: why?", _ESCAPE),),
    ),
]  # fmt: skip

INBOX = (*_questions("inbox", "inbox"),)
STORY = (
    *_STORY,
    *_merging("task", "story"),
    *_steering("task", queued="first", failed="gone", asking="night"),
)
REVIEW = (*_REVIEW,)
REPORT = (
    *_asks("report", "sheet", [("branch", "Branch sheet after which of its 1 iterations?")]),
    *_merging("report", "sheet"),
    *_steering("report", queued="spare", failed="away", asking="night"),
    *_questions("report", "night"),
)
