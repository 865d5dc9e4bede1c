"""Whatever is changed in a decision log, `check` finds it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audit.decision_log import WITNESS, DecisionLog
from engine.audit.head import Head, decoded, encoded
from engine.audit.lines import GENESIS, chained, content_of
from engine.domain.audit import Anchor
from engine.domain.decision import DecisionKind
from tests.integration.test_audit_decision_log import DECISION

RUN_WIDE = replace(DECISION, task_id=None, kind=DecisionKind.RUN_CONTROL)
SMALL = (
    replace(DECISION, kind=DecisionKind.GUARDRAIL),
    RUN_WIDE,
    replace(DECISION, task_id="fix-2", kind=DecisionKind.MERGE),
    DECISION,
)


class Site:
    """A log and what it is to be put back to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "shop" / ".aibrain" / "decisions"
        self.log = DecisionLog(self.folder, witness=folder / "own")

    def keep(self) -> None:
        """What stands there now is how it is to be."""
        self.files = {
            path: path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()
        }

    def restore(self) -> None:
        for path, content in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def finds(self) -> bool:
        return bool(self.log.verify())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("small"))
    for decision in SMALL[:2]:
        site.log.record(decision)
    site.keep()
    return site


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("large"))
    write_large(site)
    return site


def write_large(site: Site) -> None:
    """Two hundred decisions of twenty tasks over three months, a third of them archived."""
    kinds = tuple(DecisionKind)
    decisions = [
        replace(
            DECISION,
            task_id=None if number % 7 == 0 else f"fix-{number % 20}",
            kind=kinds[number % len(kinds)],
            at=DECISION.at + timedelta(days=number % 80),
            value="x" * (number * 37 % 300),
        )
        for number in range(200)
    ]
    site.log.record_many(decisions[:150])
    names = [f"fix-{number}" for number in range(7)]
    site.log.archive(names, before="2026-02", at=DECISION.at, repo="shop", by="ana")
    site.log.record_many(decisions[150:])
    site.keep()


@pytest.fixture(autouse=True)
def _as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in ("small", "large"):
        if name in request.fixturenames:
            request.getfixturevalue(name).restore()


def test_an_untouched_log_is_intact(small: Site, large: Site) -> None:
    assert small.log.verify() == []
    assert large.log.verify() == []
    assert large.log.check().decisions == 201
    assert len(large.log.read_all()[0]) == 201


def test_every_changed_byte_of_a_small_log_is_found(small: Site) -> None:
    unseen = []
    for path, content in small.files.items():
        for place in range(len(content)):
            changed = bytearray(content)
            changed[place] ^= 1 << (place % 8)
            path.write_bytes(changed)
            if not small.finds():
                unseen.append((path.name, place))
        path.write_bytes(content)

    assert unseen == []


def test_every_removed_line_and_file_of_a_large_log_is_found(large: Site) -> None:
    unseen = []
    for path, content in large.files.items():
        path.unlink()
        if not large.finds():
            unseen.append((path.name, "file"))
        lines = content.splitlines(keepends=True)
        for number in {0, len(lines) // 2, len(lines) - 1}:
            path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
            if not large.finds():
                unseen.append((path.name, f"line {number}"))
        path.write_bytes(content)

    assert unseen == []


@given(st.data())
def test_whatever_is_done_to_a_large_log_is_found(large: Site, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(large.files)))
    content = large.files[path]
    changed = _changed(data, content)
    path.write_bytes(changed)

    found = large.finds()

    path.write_bytes(content)
    assert found == (changed != content)


def _changed(data: st.DataObject, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    match data.draw(st.sampled_from(["byte", "swap", "cut", "insert", "repeat"])):
        case "byte":
            place = data.draw(st.integers(0, len(content) - 1))
            byte = data.draw(st.integers(0, 255))
            return content[:place] + bytes([byte]) + content[place + 1 :]
        case "swap":
            order = data.draw(st.permutations(range(len(lines))))
            return b"".join(lines[number] for number in order)
        case "cut":
            return content[: data.draw(st.integers(0, len(content)))]
        case "insert":
            place = data.draw(st.integers(0, len(content)))
            return content[:place] + data.draw(st.binary(min_size=1, max_size=5)) + content[place:]
        case _:
            return content + lines[data.draw(st.integers(0, len(lines) - 1))]


def test_a_removed_folder_is_found_and_stays_found(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for decision in SMALL:
        site.log.record(decision)
    shutil.rmtree(site.folder)

    assert site.log.verify() == [
        f"decisions at its end decisions 1 to 4 are missing, says {WITNESS}"
    ]
    site.log.record(DECISION)
    assert site.log.verify() == [
        "decisions/fix-1.jsonl line 1 has number 5, but before it decisions 1 to 4 are missing"
    ]


def test_an_end_that_was_cut_off_with_its_head_is_known_to_the_anchors(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.log.record(RUN_WIDE)
    site.keep()
    site.log.record(DECISION)
    newest = site.log.check().newest
    shutil.rmtree(site.folder)
    site.restore()

    without = DecisionLog(site.folder)
    anchor = Anchor(source="the database", seq=2, digest=newest)
    assert without.verify() == []
    assert [str(fault) for fault in without.check([anchor]).faults] == [
        "decisions at its end decision 2 is missing, says the database"
    ]
    assert site.finds()


def test_a_log_that_was_written_anew_is_known_to_the_anchors(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.log.record(DECISION)
    shutil.rmtree(site.folder)
    DecisionLog(site.folder).record(replace(DECISION, value="something else"))

    assert site.log.verify() == [
        f"decisions/fix-1.jsonl line 1 is not the decision 1 that {WITNESS} remembers"
    ]


def test_a_log_of_the_older_form_is_read_adopted_and_watched(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.folder.mkdir(parents=True)
    older, newest = b"", GENESIS
    for value in ("one", "two"):
        line, newest = chained(content_of(replace(DECISION, value=value)), newest)
        older += line
    path = site.folder / "fix-1.jsonl"
    path.write_bytes(older)
    assert site.log.verify() == []

    site.log.record(replace(DECISION, value="three"))

    assert [one.value for one in site.log.read("fix-1")[0]] == ["one", "two", "three"]
    assert [one.decision for one in site.log.read(None)[0]] == ["adopted"]
    assert site.log.verify() == []
    path.write_bytes(path.read_bytes()[len(older) // 2 :])
    assert site.finds()


def test_a_clock_that_jumps_back_changes_no_order(tmp_path: Path) -> None:
    site = Site(tmp_path)
    decisions = [
        replace(DECISION, at=DECISION.at - timedelta(days=number), value=f"{number}")
        for number in range(3)
    ]
    for number, decision in enumerate(decisions):
        site.log.record(replace(decision, task_id=f"fix-{number}"))

    assert [one.value for one in site.log.read_all()[0]] == ["0", "1", "2"]
    assert site.log.verify() == []


def test_a_file_that_has_grown_is_archived_and_its_chain_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "decisions"
    log = DecisionLog(folder, rotate_bytes=2_000)
    for number in range(20):
        log.record(replace(DECISION, value=f"{number}"))

    assert len(list((folder / "archive").iterdir())) > 2
    assert [one.value for one in log.read("fix-1")[0]] == [f"{number}" for number in range(20)]
    assert log.verify() == []
    (folder / "archive" / "0002" / "fix-1.jsonl").unlink()
    assert log.verify() != []


def test_copies_that_a_power_cut_took_are_made_again(tmp_path: Path) -> None:
    site = Site(tmp_path)
    guarded = replace(DECISION, kind=DecisionKind.GUARDRAIL)
    for _ in range(3):
        site.log.record(guarded)
    copies = site.folder / "guardrails" / "2026-01.jsonl"
    lines = copies.read_bytes().splitlines(keepends=True)
    copies.write_bytes(lines[0] + lines[1][:40])
    head = site.folder / "head"
    before = decoded(head.read_bytes())
    assert before is not None
    head.write_bytes(encoded(Head(seq=before.seq, digest=before.digest, boot="an earlier one")))

    site.log.record(guarded)

    assert site.log.verify() == []
    assert len(copies.read_bytes().splitlines()) == 4


def test_a_log_that_begins_anew_says_so_and_is_watched_as_before(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for decision in SMALL:
        site.log.record(decision)
    old = site.log.check()
    (site.folder / "fix-1.jsonl").unlink()
    found = site.log.check()
    assert found.faults

    begun = site.log.begin_anew(found, at=DECISION.at, repo="shop", by="ana", reason="lost it")

    assert begun.first_seq == len(SMALL) + 1
    now = site.log.check([Anchor(source="the database", seq=4, digest=old.newest)])
    assert now.faults == ()
    assert now.beginning == begun
    assert json.loads(begun.decision.value)["hash"] == old.newest
    assert json.loads(begun.decision.value)["faults"] == [str(one) for one in found.faults]
    assert (site.folder / "given-up" / "0001" / "fix-2.jsonl").exists()
    site.log.record(DECISION)
    assert site.log.verify() == []
    other = Anchor(source="the database", seq=4, digest="0" * 64)
    assert [one.what for one in site.log.check([other]).faults] == [
        "begins after another log than the database knows"
    ]
    (site.folder / "governance" / "2026-01.jsonl").unlink()
    assert site.finds()


@pytest.mark.parametrize("what", ["newest file", "all files", "all but the head", "last line"])
def test_what_is_cut_off_at_the_end_is_found(large: Site, what: str) -> None:
    newest = max(large.files, key=lambda path: path.stat().st_mtime_ns)
    for path in list(large.files):
        is_newest = path == newest
        match what:
            case "newest file" if is_newest:
                path.unlink()
            case "last line" if is_newest:
                path.write_bytes(path.read_bytes()[:-20])
            case "all files":
                path.unlink()
            case "all but the head" if path.name != "head":
                path.unlink()
            case _:
                pass
    assert large.finds()
