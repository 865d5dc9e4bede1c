"""What one iteration leaves to the next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.context.progress import PROGRESS_CHARS, summarise_progress
from engine.context.text import approx_tokens
from engine.domain.verdict import Reason, Verdict, VerdictKind


def _verdict(kind: VerdictKind, *messages: str, next_step: str = "") -> Verdict:
    return Verdict(
        kind=kind,
        reasons=tuple(Reason(rule="some-rule", message=message) for message in messages),
        checks=(),
        tree_hash="t",
        base_commit="c",
        changed_files=("m.py", "n.py"),
        next_step=next_step,
    )


RED = _verdict(VerdictKind.FAIL, "target a is red", "test b is gone")


def test_failed_iteration_leaves_its_reasons_as_next_steps() -> None:
    fields = summarise_progress("", iteration=1, text=" I tried. \x1b[1m", verdict=RED)
    assert fields.progress == (
        "Iteration 1 (2 files changed): FAIL some-rule (and 1 more): target a is red"
    )
    assert fields.next_steps == ("some-rule: target a is red", "some-rule: test b is gone")
    assert fields.last_output == "I tried."
    assert fields.verdict == "FAIL some-rule (and 1 more): target a is red"
    assert fields.open_questions == ()


def test_blocked_iteration_says_what_a_human_is_to_do() -> None:
    verdict = _verdict(VerdictKind.BLOCKED, "ruff is missing", next_step="install ruff")
    fields = summarise_progress("", iteration=1, text="", verdict=verdict)
    assert fields.next_steps == ("a human is to: install ruff",)


def test_passed_iteration_leaves_nothing_to_do() -> None:
    verdict = _verdict(VerdictKind.PASS, "all is green")
    assert summarise_progress("", iteration=1, text="", verdict=verdict).next_steps == ()


def test_question_of_the_agent_stays_open() -> None:
    fields = summarise_progress(
        "", iteration=1, text="", verdict=RED, agent_blocked="which\ncurrency"
    )
    assert fields.open_questions == ("which currency",)


def test_oldest_iterations_are_left_out_and_counted() -> None:
    progress = ""
    for iteration in range(1, 51):
        progress = summarise_progress(progress, iteration=iteration, text="", verdict=RED).progress
    first, *lines = progress.splitlines()
    assert first == f"({50 - len(lines)} earlier iterations left out)"
    assert [line.split(" (")[0] for line in lines] == [
        f"Iteration {number}" for number in range(51 - len(lines), 51)
    ]
    assert len(lines) >= 5
    assert len(progress) <= PROGRESS_CHARS


def test_what_was_said_last_is_kept_from_its_end() -> None:
    fields = summarise_progress("", iteration=1, text="begin" + "." * 5_000 + "end", verdict=RED)
    assert fields.last_output.startswith("...")
    assert fields.last_output.endswith("end")


@given(
    previous=st.text(max_size=3_000),
    text=st.text(max_size=3_000),
    messages=st.lists(st.text(max_size=400), min_size=1, max_size=12),
    iteration=st.integers(min_value=1, max_value=500),
    question=st.one_of(st.none(), st.text(max_size=900)),
)
def test_memory_of_an_iteration_stays_below_750_tokens(
    previous: str, text: str, messages: list[str], iteration: int, question: str | None
) -> None:
    fields = summarise_progress(
        previous,
        iteration=iteration,
        text=text,
        verdict=_verdict(VerdictKind.FAIL, *messages),
        agent_blocked=question,
    )
    whole = "\n".join(
        (fields.progress, fields.last_output, *fields.next_steps, *fields.open_questions)
    )
    assert approx_tokens(whole) <= 750
    assert all("\n" not in step for step in fields.next_steps)
