"""Search through a real store, transcripts, decisions and knowledge files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.app.engine import Engine, open_engine
from engine.app.search_words import Words
from engine.domain.errors import InputError
from engine.domain.ids import TaskId
from engine.domain.orders import SteerTask
from engine.domain.transcript import EntryKind
from engine.ports.search import SearchGroup, SearchHit
from engine.session.transcripts import TranscriptWriter
from engine.vault.material import write_new_key
from tests.support.clock import FakeClock
from tests.support.engines import a_task, make_bench

CODE = EntryKind.OUTPUT


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    bench = make_bench(tmp_path)
    async with open_engine(bench.settings) as engine:
        yield engine


async def hits(engine: Engine, text: str, **limits: float) -> list[SearchHit]:
    found: list[SearchHit] = []
    over: list[SearchGroup] = []
    async with aclosing(engine.search(text, **limits)) as parts:  # type: ignore[arg-type]  # by name
        async for part in parts:
            found.extend(part.hits)
            over.extend([part.group] if part.is_over else [])
    assert over == list(SearchGroup)
    return found


def transcript(engine: Engine, task_id: str, iteration: int, *texts: str) -> Path:
    folder = engine.settings.state / "transcripts"
    with TranscriptWriter(folder, task_id, iteration, FakeClock()) as writer:
        for number, text in enumerate(texts):
            writer.append(CODE if number % 2 else EntryKind.TOOL, text)
    return folder / task_id / f"{iteration}.jsonl"


async def test_each_kind_of_record_is_found_with_where_it_is(engine: Engine) -> None:
    await engine.add_tasks([a_task("fix-gcd", description="The GCD of Zero is wrong")])
    await engine.give(SteerTask(task_id=TaskId("fix-gcd"), note="gcd: mind zero"), by="kim")
    transcript(engine, "fix-gcd", 2, "read x", "line\none: gcd\nwith zero")
    shelf = engine.settings.brain / "knowledge" / "approved"
    shelf.mkdir(parents=True)
    (shelf / "KO-1.md").write_text('---\n{"id": "KO-1", "title": "Of gcd"}\n---\nzero is zero\n')
    found = {hit.group: hit for hit in await hits(engine, "zero GCD")}
    assert found[SearchGroup.TASKS].where == "fix-gcd, ready"
    assert "mind zero" in found[SearchGroup.DECISIONS].excerpt
    assert found[SearchGroup.KNOWLEDGE].where == "Of gcd (approved)"
    assert found[SearchGroup.KNOWLEDGE].ref == "approved/KO-1.md"
    there = found[SearchGroup.TRANSCRIPTS]
    assert (there.task_id, there.iteration) == ("fix-gcd", 2)
    assert there.excerpt == "line one: gcd with zero"
    assert await hits(engine, "zero gcd nowhere") == []


async def test_words_with_quotes_backslashes_and_letters_of_all_kinds_are_found(
    engine: Engine,
) -> None:
    transcript(engine, "t", 1, "x", 'say "hi" to C:\\temp and ÄRGER with 漢字\x1b[31m')
    for text in ("C:\\TEMP", "ärger", "漢字", '"c:\\temp and"'):
        assert [hit.task_id for hit in await hits(engine, text)] == ["t"], text
    assert await hits(engine, "text kind output is_error") == []


async def test_newest_first_and_no_more_than_the_limit(engine: Engine) -> None:
    await engine.add_tasks([a_task(f"t-{n}", description="needle") for n in range(30)])
    transcript(engine, "t-1", 1, *(f"needle {n}" for n in range(9)))
    transcript(engine, "t-1", 2, "needle of two")
    found = await hits(engine, "needle", limit=4)
    tasks = [hit.task_id for hit in found if hit.group is SearchGroup.TASKS]
    assert tasks == ["t-29", "t-28", "t-27", "t-26"]
    said = [hit.excerpt for hit in found if hit.group is SearchGroup.TRANSCRIPTS]
    assert said == ["needle of two", "needle 8", "needle 7", "needle 6"]
    assert found[-3].more == 6


async def test_time_that_is_over_ends_the_search_and_is_told(engine: Engine) -> None:
    path = transcript(engine, "t", 1, "x")
    filler = json.dumps({"at": "", "kind": "output", "text": "y" * 1000}).encode() + b"\n"
    path.write_bytes(filler * 40_000)
    parts = [part async for part in engine.search("needle", within_s=0.0001)]
    assert parts[-1].group is SearchGroup.TRANSCRIPTS
    assert "not all files were looked through" in parts[-1].note


async def test_the_event_loop_goes_on_while_files_are_read(engine: Engine) -> None:
    path = transcript(engine, "t", 1, "x")
    line = json.dumps({"at": "", "kind": "output", "text": "y" * 1000}).encode() + b"\n"
    path.write_bytes(line * 40_000)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        ticking = group.create_task(tick())
        assert await hits(engine, "needle") == []
        ticking.cancel()
    assert ticks > 20


async def test_what_is_no_plain_file_or_no_line_is_passed_over(engine: Engine) -> None:
    path = transcript(engine, "t", 1, "needle")
    path.with_name("2.jsonl").symlink_to("/etc/passwd")
    path.with_name("3.jsonl").write_bytes(b'{"needle": \xff\xfe\nneedle\n' + b"n" * 100)
    path.with_name("4.jsonl").mkdir()
    found = await hits(engine, "needle")
    assert [(hit.iteration, hit.excerpt) for hit in found if hit.iteration == 1] == [(1, "needle")]
    assert all(hit.iteration == 1 for hit in found)
    with pytest.raises(InputError, match="nothing to search for"):
        await hits(engine, "  ")
    with pytest.raises(InputError, match="1001 characters"):
        await hits(engine, "x" * 1001)


@given(st.text(min_size=1, max_size=50), st.text(max_size=50), st.text(max_size=300))
def test_any_text_can_be_looked_for(text: str, before: str, after: str) -> None:
    try:
        words = Words(text)
    except InputError:
        return
    said = before + " ".join(words.words) + after
    assert words.are_in(said)
    assert "\n" not in words.excerpt(said)
    raw = json.dumps({"text": said}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert words._may_have(raw.lower()) or not text.isascii()


async def test_what_is_sealed_is_found_as_well(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    key = tmp_path / "bench.key"
    write_new_key(key, bench.repo)
    bench.configure(more=f"[hipaa]\nenabled = true\nkey_file = {json.dumps(str(key))}\n")
    async with open_engine(bench.settings) as engine:
        await engine.add_tasks([a_task("t", description="Zero is WRONG here")])
        await engine.give(SteerTask(task_id=TaskId("t"), note="zero: what is wrong"), by="kim")
        folder = engine.settings.state / "transcripts"
        codec = engine._parts.secrecy.codec
        with TranscriptWriter(folder, "t", 1, FakeClock(), codec=codec) as writer:
            writer.append(EntryKind.TOOL, "wrong: zero")
        assert b"wrong" not in (folder / "t" / "1.jsonl").read_bytes()
        found = await hits(engine, "zero wrong")
        assert [hit.group for hit in found] == [
            SearchGroup.TASKS,
            SearchGroup.DECISIONS,
            SearchGroup.TRANSCRIPTS,
        ]
