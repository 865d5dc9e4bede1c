"""Whatever the help of plain mode names is typed as it says, and does what it says."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_tui.plain.guide import tour_texts
from aio_tui.plain.telling import help_texts
from aio_tui.plain.words import _MORE, _SAID, _WORDS, PLAIN, help_of, understood, usage_of, words_of
from engine.domain import orders
from engine.domain.ids import TaskId
from engine.domain.orders import Order
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.work import MergeState
from engine.ports.cockpit import RunState
from engine.ports.knowledge import KnowledgeFile, Shelf
from engine.ports.log import LogLevel, LogLine
from engine.ports.search import SearchGroup, SearchHit, SearchPart
from engine.store.memory import MemoryStore
from tests.support.change_scene import BASE, HEAD, change_face, changed
from tests.support.clock import FakeClock
from tests.support.face import NOW, FakeFace
from tests.support.scene import DONE, RUNNING, WAITING, busy_face, entry
from tests.unit.cockpit.test_plain import plain

BLOCKED, FAILED, MERGED, TAKEN = map(TaskId, ("port-config", "fix-csv", "fix-old", "fix-wrap"))


class Case(NamedTuple):
    """What is typed behind the word, and what comes of it."""

    rest: str = ""
    tells: str = ""
    gives: type[Order] | None = None
    first: tuple[tuple[str, str], ...] = ()
    """Lines that are typed before, with what is told then."""


CASES = {
    "status": Case(tells="clean-cache asks you"),
    "tasks": Case("state:blocked", tells="Needs you, 1:\nport-config: blocked"),
    "select": Case("FIX-GCD", tells="selected fix-gcd: running"),
    "more": Case(tells="there is no more"),
    "news": Case(tells="only what needs you is told from now on"),
    "approve_once": Case(WAITING, gives=orders.ApproveEscalation),
    "approve_for_task": Case(f"{WAITING} y", gives=orders.ApproveEscalation),
    "deny": Case(f"{WAITING} keep it", gives=orders.DenyEscalation),
    "edit_and_approve": Case(f"{WAITING} rm -rf build", gives=orders.ApproveEscalation),
    "approve_always": Case(WAITING, tells="Save this in the contract, and approve?"),
    "deny_and_pause": Case(f"{WAITING} wait for me", gives=orders.DenyEscalation),
    "acknowledge": Case(WAITING, gives=orders.AcknowledgeEscalation),
    "merge": Case(DONE, gives=orders.MergeTask),
    "merge_all": Case("y", gives=orders.MergeTask),
    "reject": Case(f"{DONE} use a heap", gives=orders.OverrideVerdict),
    "revert": Case(
        f"{MERGED} it broke the import",
        tells="answer with one of n, y",
    ),
    "discard_work": Case(f"{DONE} y", gives=orders.DiscardWork),
    "remark": Case(
        f"{DONE} src/numbers.py:12 say why",
        tells="fix-median: 1 to send; 'send back fix-median REASON' sends them",
        first=((f"diff {DONE}", "end of the change"),),
    ),
    "send_back": Case(f"{DONE} use a heap", gives=orders.OverrideVerdict),
    "start": Case(tells="start: it is running"),
    "pause_or_resume_all": Case(tells="it would pause all now: type 'pause all'"),
    "pause_or_resume": Case(RUNNING, gives=orders.PauseTask),
    "pause_now": Case(RUNNING, gives=orders.PauseTask),
    "retry": Case(FAILED, gives=orders.RetryTask),
    "override": Case(f"{DONE} f", tells="Override fix-median to FAIL: why?"),
    "steer": Case(f"{RUNNING} use Euclid", gives=orders.SteerTask),
    "message_now": Case(f"{RUNNING} stop that", gives=orders.MessageTask),
    "grant": Case(f"{RUNNING} 5", gives=orders.GrantIterations),
    "limits": Case(f"{RUNNING} m 7", gives=orders.SetMoney),
    "branch": Case(f"{RUNNING} 2", tells="Branch fix-gcd after iteration 2"),
    "cancel": Case(f"{RUNNING} y", gives=orders.CancelTask),
    "take_over": Case(f"{RUNNING} y", tells="no shell without a terminal", gives=orders.TakeTask),
    "hand_back": Case(f"{TAKEN} mended by hand", gives=orders.HandBackTask),
    "more_urgent": Case(RUNNING, gives=orders.ShiftPriority),
    "less_urgent": Case(RUNNING, gives=orders.ShiftPriority),
    "halt": Case("it runs wild", gives=orders.HaltRun),
    "stop": Case("a", gives=orders.StopRun),
    "undo": Case(gives=orders.UndoOrder),
    "more_parallel": Case(gives=orders.SetParallelism),
    "less_parallel": Case(gives=orders.SetParallelism),
    "open": Case(BLOCKED, tells="BLOCKED"),
    "back": Case(tells="no task is selected now"),
    "show_timeline": Case(RUNNING, tells="again: the diff changed"),
    "show_output": Case(f"{RUNNING} 3", tells="tool: edit src/numbers.py"),
    "show_ralph": Case(f"{RUNNING} 1", tells="Checks, as the engine ran them"),
    "show_checkpoints": Case(RUNNING, tells="iteration 2: FAIL, 2026-01-05 21:38 UTC"),
    "show_knowledge": Case(RUNNING, tells="gcd(0, n) is n"),
    "show_inbox": Case(tells="stopped by: outside-worktree"),
    "go_to_task": Case(RUNNING, tells="iteration 3 of 15"),
    "go_to_review": Case(DONE, tells="added 12:     middle = len(ordered) // 2"),
    "go_to_decisions": Case(tells="the trail is whole"),
    "go_to_report": Case("8h", tells="nothing happened"),
    "go_to_metrics": Case(tells="passed at once: none yet"),
    "go_to_log": Case(tells="the log is empty"),
    "go_to_config": Case(tells="from default"),
    "go_to_knowledge": Case("KO-9", tells="there is no knowledge object 'KO-9'"),
    "part_prompt": Case(f"{RUNNING} 3", tells="Objective: gcd of zero and n must be n"),
    "part_tools": Case(f"{RUNNING} 3", tells="failed: edit src/numbers.py"),
    "part_session": Case(f"{RUNNING} 2", tells="Make gcd right."),
    "find": Case("gcd", tells="transcripts: fix-gcd, iteration 3: the gcd of"),
    "down": Case(tells="selected fix-gcd"),
    "up": Case(tells="selected fix-gcd"),
    "first": Case(tells="selected fix-gcd"),
    "last": Case(tells="selected fix-old"),
    "help": Case("deny", tells="deny [TASK] REASON: Refuse the action"),
    "tour": Case(tells="Leaving"),
    "quit": Case(tells="b: leave it running in the background"),
    "leave": Case(tells="THE END"),
    "step_aside": Case(tells="no shell"),
}


def scene() -> FakeFace:
    """The busy evening, with work to merge, a merge to revert, a task in hands."""
    face = busy_face()
    face.changes = change_face().changes
    face.tasks[DONE] = replace(
        face.tasks[DONE], merge_state=MergeState.WAITING, base_commit=BASE, head_commit=HEAD
    )
    face.tasks[MERGED] = replace(
        face.tasks[MERGED], state=TaskState.COMPLETED, merge_state=MergeState.MERGED
    )
    face.tasks[TAKEN] = replace(face.tasks[TAKEN], state=TaskState.TAKEN, taken_by="kim")
    face.stream(RUNNING, 3, entry(EntryKind.TOOL, "edit src/numbers.py"))
    hit = SearchHit(
        group=SearchGroup.TRANSCRIPTS, where="fix-gcd, iteration 3", excerpt="the gcd of zero"
    )
    face.found = [SearchPart(group=SearchGroup.TRANSCRIPTS, hits=(hit,))]
    face.store = MemoryStore(FakeClock(NOW))
    return face


def test_each_command_of_the_help_has_its_case() -> None:
    assert set(_SAID) | set(_MORE) | set(_WORDS) <= set(CASES)
    assert set(CASES) == {command.name for command in PLAIN}
    told = help_texts(PLAIN)
    for command in PLAIN:
        assert f"  {usage_of(command)}: {help_of(command)}" in told


@pytest.mark.parametrize("command", PLAIN, ids=lambda command: command.name)
async def test_the_word_of_the_help_does_what_it_says(command: object) -> None:
    name = command.name  # type: ignore[attr-defined]  # a command
    case, face = CASES[name], scene()
    word = words_of(command)[0]  # type: ignore[arg-type]  # a command
    async with plain(face) as here:
        for line, told in case.first:
            await here.say(line, told)
        tells = case.tells or "done: "
        if name == "leave":
            here.typed.queue.put_nowait(word)
            assert await here.app._ended
            return
        await here.say(f"{word} {case.rest}".strip(), tells)
        given = {type(order) for order in face.given}
        assert given == ({case.gives} if case.gives else set())


async def test_what_is_paused_is_not_paused_by_resuming_nor_the_other_way_round() -> None:
    face = scene()
    async with plain(face) as here:
        await here.say("resume all", "it would pause all now: type 'pause all' if you mean that")
        await here.say("pause all", "done: ")
        face.run = RunState.PAUSED
        await here.say("pause all", "it would resume all now: type 'resume all'")
        await here.say("resume all", "done: ")
        assert [type(order) for order in face.given] == [orders.PauseRun, orders.ResumeRun]


@pytest.mark.parametrize("only_looks", [False, True])
def test_whatever_the_tour_and_the_answers_quote_can_be_typed(only_looks: bool) -> None:
    told = " ".join(tour_texts(only_looks=only_looks))
    quoted = re.findall(r"'([^']+)'", told)
    meant = [understood(word) for word in quoted]
    assert len(quoted) > 10
    assert None not in meant
    assert any(order and order.command.is_order for order in meant) is not only_looks


COMMANDS = {command.name: command for command in PLAIN}
ATTACK = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u200b\r\x08[red]"


async def test_nothing_that_others_wrote_reaches_the_terminal_but_as_text() -> None:
    face = scene()
    for task_id, task in face.tasks.items():
        face.tasks[task_id] = replace(task, description=ATTACK, error_log=ATTACK, branch=ATTACK)
    face.changes[HEAD] = [changed(f"src/{ATTACK}.py", ATTACK, f"{ATTACK}\nmore {ATTACK}")]
    face.escalations = [
        replace(
            one,
            action=replace(one.action, target=ATTACK, detail=ATTACK),
            why=ATTACK, effect=ATTACK, rule=ATTACK,
        )
        for one in face.escalations
    ]  # fmt: skip
    for number, kind in enumerate(EntryKind):
        face.stream(RUNNING, 3, entry(kind, f"{ATTACK} {number}"))
    point = face.checkpoints[RUNNING][-1]
    reason = replace(point.verdict.reasons[0], message=ATTACK, evidence=ATTACK)
    face.checkpoints[RUNNING][-1] = replace(
        point,
        session_text=ATTACK, decision=ATTACK, session_ref=ATTACK,
        verdict=replace(point.verdict, reasons=(reason,), changed_files=(ATTACK,)),
    )  # fmt: skip
    face.found = [
        SearchPart(group=SearchGroup.TASKS, note=ATTACK,
                   hits=(SearchHit(group=SearchGroup.TASKS, where=ATTACK, excerpt=ATTACK),))
    ]  # fmt: skip
    face.log = [LogLine(at=NOW, level=LogLevel.ERROR, source="engine", text=ATTACK)]
    face.audit_faults = [ATTACK]
    face.warnings = (ATTACK,)
    face.knowledge_files = [
        KnowledgeFile(
            ko_id=ATTACK, title=ATTACK, shelf=Shelf.DRAFTS, file=ATTACK, tags=(ATTACK,),
            consulted=0, changed_at=NOW, text=ATTACK,
        )
    ]  # fmt: skip
    told = 0
    async with plain(face) as here:
        for name, case in CASES.items():
            if name not in ("leave", "quit"):
                line = f"{words_of(COMMANDS[name])[0]} {case.rest}".strip()
                here.typed.queue.put_nowait(line)
                here.typed.queue.put_nowait("back")
        await here.say(f"select {ATTACK}", "there is no task")
        told = here.written.count("owned")
    assert told > 40
    assert all(char.isprintable() or char == "\n" for char in here.written)


_LINES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.builds(
            lambda *words: " ".join(words),
            st.sampled_from([word for each in PLAIN for word in words_of(each)]),
            st.sampled_from(["", RUNNING, DONE, WAITING, "esc-1", "esc-2", "y", "7", "all"]),
            st.one_of(st.text(max_size=12), st.sampled_from(["y", "n", "3", "back"])),
        ),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(_LINES)
def test_no_line_ends_it_but_those_that_shall(lines: list[str]) -> None:
    async def type_them() -> None:
        async with plain(scene()) as here:
            for line in lines:
                here.typed.queue.put_nowait(" ".join(line.split()))
            here.typed.queue.put_nowait("back")
            here.typed.queue.put_nowait("select frobnicate")
            await here.until_told_or_over("there is no task 'frobnicate'")

    asyncio.run(type_them())


def _hits(group: SearchGroup, count: int) -> SearchPart:
    return SearchPart(
        group=group,
        note=f"the newest {count}" if count > 20 else "",
        hits=tuple(
            SearchHit(group=group, where=f"{group.value}-{number}", excerpt="gcd")
            for number in range(count)
        ),
    )


async def test_the_first_page_of_a_search_has_the_newest_of_each_kind() -> None:
    face = scene()
    face.found = [
        _hits(SearchGroup.TASKS, 50),
        _hits(SearchGroup.DECISIONS, 30),
        _hits(SearchGroup.TRANSCRIPTS, 3),
    ]
    async with plain(face) as here:
        here.typed.is_terminal = True
        first = await here.say("search gcd", "'more' goes on")
        assert (
            "83 places found: 50 in tasks (the newest 50), 30 in decisions (the newest 30), "
            "3 in transcripts, the newest of each first\n"
        ) in first
        for newest in ("tasks: tasks-0:", "decisions: decisions-0:", "transcripts: transcripts-2:"):
            assert f"\n{newest}" in first
        rest = await here.say("more all", "tasks-49")
        places = [line for line in (first + rest).splitlines() if line.endswith(": gcd")]
        assert len(places) == len(set(places)) == 83
