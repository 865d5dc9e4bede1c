"""What verification runs, in which trees, and what it remembers."""

from __future__ import annotations

import itertools
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.app.judging import Silence
from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import TaskType
from engine.loop.verification import Verifier
from engine.loop.verifying.breaker import PAUSE
from engine.loop.verifying.case import Stage
from engine.loop.verifying.seal import Seal
from engine.ralph.tamper.python_source import parse
from tests.support.checkers import LineChecker
from tests.support.clock import FakeClock
from tests.support.repos import commit_files, git, make_repo
from tests.support.workspaces import head_of, make_workspace

FILES = {
    "app.txt": "one two\n",
    "tests/old.txt": "one one\ntwo two\nthree three\n",
    "tests/deep/data.txt": "data\n",
}
ONE, TWO, THREE = (f"tests/old.txt::{name}" for name in ("one", "two", "three"))


@dataclass(kw_only=True)
class Court:
    """A verifier on a repository whose tests are lines."""

    repo: Path
    checker: LineChecker = field(default_factory=LineChecker)
    clock: FakeClock = field(default_factory=FakeClock)
    signature: str = "s"
    hidden: str = "nothing at all"
    start: str = ""

    def __post_init__(self) -> None:
        self.start = head_of(self.repo)

    def verifier(self) -> Verifier:
        """A fresh one, as another process would have."""
        return Verifier(
            workspace=make_workspace(self.repo),
            checkers_in=lambda _, hanging: [self.checker.knowing(hanging)],
            signature=lambda: self.signature,
            state=self.state,
            clock=self.clock,
            redact=lambda text: text.replace(self.hidden, "[redacted]"),
            seal=Seal(b"key of these tests"),
        )

    @property
    def state(self) -> Path:
        return self.repo / ".aibrain/state"

    async def judge(self, change: Mapping[str, str] | None = None, **case: Any) -> Verdict:
        """The verdict of a fresh verifier on HEAD, after committing `change`."""
        if change is not None:
            commit_files(self.repo, change)
        facts: dict[str, Any] = {"task_type": TaskType.BUGFIX, "targets": (THREE,), **case}
        return await self.verifier().verify(
            self.start, head_of(self.repo), notes=Silence(), **facts
        )

    @property
    def runs(self) -> int:
        return len(self.checker.calls)


@pytest.fixture
def court(tmp_path: Path) -> Court:
    return Court(repo=make_repo(tmp_path / "target", FILES))


def rules_of(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]


CURE = {"app.txt": "one two three\n"}


async def test_a_cure_passes_on_one_run_beside_the_baseline(court: Court) -> None:
    verdict = await court.judge(CURE)

    assert verdict.kind is VerdictKind.PASS
    assert verdict.head_commit == head_of(court.repo)
    assert court.runs == 2


async def test_old_tests_are_run_once_more_as_they_were_when_tests_change(court: Court) -> None:
    verdict = await court.judge({**CURE, "tests/new.txt": "new one\n", "tests/deep/x.txt": "y y\n"})

    assert verdict.kind is VerdictKind.PASS
    assert "also with the tests of the base commit" in verdict.reasons[0].message
    _, full, old = court.checker.calls
    assert {"tests/new.txt", "tests/deep/x.txt"} <= full.files
    assert not {"tests/new.txt", "tests/deep/x.txt"} & old.files
    assert {"app.txt", "tests/deep/data.txt"} <= old.files


async def test_a_product_that_only_new_tests_hold_up_does_not_pass(court: Court) -> None:
    def patch(tree: Path) -> None:
        if (tree / "tests/new.txt").exists():
            (tree / "app.txt").write_text("one two three", encoding="utf-8")

    court.checker.on_run = patch

    verdict = await court.judge({"app.txt": "one\n", "tests/new.txt": "new one\n"})

    assert verdict.kind is VerdictKind.FAIL
    assert {"target-test-red", "new-failure"} <= set(rules_of(verdict))
    assert "with the tests of the base commit" in verdict.reasons[0].message


async def test_an_edited_test_is_judged_as_it_was_unless_the_task_is_about_tests(
    court: Court,
) -> None:
    softer = {
        "app.txt": "one two \n",
        "tests/old.txt": "one one\ntwo two\nthree one\n",
    }
    fixed = await court.judge(softer, task_type=TaskType.TEST_FIX)
    judged = await court.judge(task_type=TaskType.BUGFIX)

    assert fixed.kind is VerdictKind.PASS
    assert "tests-changed" in rules_of(fixed)
    assert judged.kind is VerdictKind.FAIL


async def test_tests_alone_do_not_make_a_red_target_green(court: Court) -> None:
    def patch(tree: Path) -> None:
        if (tree / "tests/new.txt").exists():
            (tree / "app.txt").write_text("one two three", encoding="utf-8")

    court.checker.on_run = patch
    verdict = await court.judge({"tests/new.txt": "new one\n"})

    assert rules_of(verdict) == ["target-test-red"]
    assert court.runs == 2


async def test_red_targets_of_a_slow_check_end_the_verification(court: Court) -> None:
    court.checker.duration_s = 60.0

    verdict = await court.judge({"app.txt": "one two four\n"})

    assert verdict.kind is VerdictKind.FAIL
    assert rules_of(verdict) == ["target-test-red", "stopped-early"]
    assert [call.only for call in court.checker.calls] == [(), (THREE,)]


async def test_green_targets_of_a_slow_check_are_followed_by_the_full_set(court: Court) -> None:
    court.checker.duration_s = 60.0

    verdict = await court.judge({"app.txt": "two three\n"})

    assert rules_of(verdict) == ["new-failure"]
    assert [call.only for call in court.checker.calls[:3]] == [(), (THREE,), ()]


async def test_tests_that_hang_at_the_base_get_little_time_unless_they_are_the_task(
    court: Court,
) -> None:
    commit_files(court.repo, {"tests/old.txt": "one one\ntwo two\nthree three\nfour four\n"})
    court.start = head_of(court.repo)
    four = "tests/old.txt::four"
    court.checker.hangs = frozenset({THREE, four})

    verdict = await court.judge(CURE)

    assert verdict.kind is VerdictKind.PASS
    assert [call.hanging for call in court.checker.calls] == [frozenset(), frozenset({four})]


@pytest.mark.parametrize(
    ("new_test", "task_type", "kind"),
    [
        ("new four\n", TaskType.BUGFIX, VerdictKind.PASS),
        ("new one\n", TaskType.BUGFIX, VerdictKind.FAIL),
        ("new one\n", TaskType.FEATURE, VerdictKind.FAIL),
        ("new one\n", TaskType.TEST, VerdictKind.PASS),
    ],
)
async def test_a_new_test_that_is_green_without_the_change_shows_no_effect(
    court: Court, new_test: str, task_type: TaskType, kind: VerdictKind
) -> None:
    change = {"app.txt": "one two four\n", "tests/new.txt": new_test}

    verdict = await court.judge(change, targets=(), task_type=task_type)

    assert verdict.kind is kind
    if kind is VerdictKind.FAIL:
        assert rules_of(verdict) == ["no-effect-seen"]
        assert "tests/new.txt::new" in verdict.reasons[0].message


async def test_nothing_changed_needs_no_full_run(court: Court) -> None:
    verdict = await court.judge({})

    assert verdict.kind is VerdictKind.FAIL
    assert rules_of(verdict) == ["no-change", "target-test-red"]
    assert [call.only for call in court.checker.calls] == [(THREE,)]


async def test_commits_with_one_tree_share_a_baseline(court: Court) -> None:
    await court.judge(CURE)
    same_tree = commit_files(court.repo, FILES, "back again")
    commit_files(court.repo, {"app.txt": "one two three more\n"})

    verdict = await court.verifier().verify(
        same_tree,
        head_of(court.repo),
        task_type=TaskType.BUGFIX,
        targets=(THREE,),
        notes=Silence(),
    )

    assert verdict.kind is VerdictKind.PASS
    assert verdict.base_commit == same_tree
    assert court.runs == 3


async def test_a_failure_that_goes_away_is_flaky_and_told(court: Court) -> None:
    court.checker.luck[ONE] = iter([True, False, True, True])

    verdict = await court.judge(CURE)

    assert verdict.kind is VerdictKind.PASS
    assert rules_of(verdict) == ["proof", "flaky"]
    assert [check.flaky for check in verdict.checks] == [(ONE,)]
    assert [call.only for call in court.checker.calls] == [(), (), (ONE,), ()]


@pytest.mark.parametrize(
    ("luck", "runs"),
    [((True, False, False), 3), ((True, False, True, False), 4)],
    ids=["red alone", "red in both whole runs, as others spoil it"],
)
async def test_a_failure_that_stays_counts(court: Court, luck: tuple[bool, ...], runs: int) -> None:
    court.checker.luck[ONE] = iter(luck)

    verdict = await court.judge(CURE)

    assert rules_of(verdict) == ["new-failure"]
    assert court.runs == runs


async def test_a_target_is_never_called_flaky(court: Court) -> None:
    court.checker.luck[THREE] = itertools.chain([False, False], itertools.repeat(True))

    verdict = await court.judge(CURE)

    assert rules_of(verdict) == ["target-test-red"]
    assert court.runs == 2


async def test_nothing_that_was_parsed_is_kept_once_the_verdict_is_there(court: Court) -> None:
    parse(b"one = 1\n")
    assert parse.cache_info().currsize > 0

    await court.judge({**CURE, "tests/test_new.py": "def test_one():\n    assert 1 == 1\n"})

    assert parse.cache_info().currsize == 0


async def test_what_is_put_on_a_batch_that_passed_needs_no_run_for_its_baseline(
    court: Court,
) -> None:
    await court.judge(CURE, fresh=True, stage=Stage.BATCH)
    court.start = head_of(court.repo)
    before = court.runs

    verdict = await court.judge({"app.txt": "one\n"}, targets=(ONE,))

    calls = court.checker.calls[before:]
    assert [call.only for call in calls] == [(), (THREE, TWO)]
    assert rules_of(verdict) == ["new-failure"]


@pytest.mark.parametrize(("change", "hangs"), [({"app.txt": "two three\n"}, ()), (CURE, (TWO,))])
async def test_a_batch_that_fails_or_was_run_with_less_time_is_nobodys_baseline(
    court: Court, change: dict[str, str], hangs: tuple[str, ...]
) -> None:
    court.checker.hangs = frozenset(hangs)
    court.checker.luck |= {test: itertools.repeat(False) for test in hangs}
    await court.judge(change, fresh=True, stage=Stage.BATCH)
    court.start = head_of(court.repo)
    before = court.runs

    await court.judge({"app.txt": "one two three four\n"})

    assert court.runs >= before + 2


async def test_the_targets_of_a_batch_are_not_run_twice(court: Court) -> None:
    court.checker.duration_s = 60.0

    verdict = await court.judge(CURE, fresh=True, stage=Stage.BATCH)

    assert verdict.kind is VerdictKind.PASS
    assert [call.only for call in court.checker.calls] == [(), ()]


async def test_after_landing_the_checks_run_once_and_what_was_proved_stays_on_record(
    court: Court,
) -> None:
    await court.judge({**CURE, "tests/new.txt": "new one\n"}, fresh=True, stage=Stage.BATCH)
    proved, before = await court.judge(), court.runs

    landed = await court.judge(fresh=True, stage=Stage.LANDED)

    assert (landed.kind, court.runs) == (VerdictKind.PASS, before + 1)
    assert await court.judge() == proved
    assert "also with the tests of the base commit" in proved.reasons[0].message


async def test_what_is_red_after_landing_is_no_longer_answered_from_its_proof(
    court: Court,
) -> None:
    await court.judge(CURE, fresh=True, stage=Stage.BATCH)
    court.checker.luck[TWO] = itertools.repeat(False)

    assert (await court.judge(fresh=True, stage=Stage.LANDED)).kind is VerdictKind.FAIL
    assert (await court.judge()).kind is VerdictKind.FAIL


async def test_a_second_verification_is_answered_from_the_proof(court: Court) -> None:
    first = await court.judge(CURE)
    court.clock.advance(60)
    second = await court.judge()

    assert second == replace(first, proved_at=court.clock.now() - timedelta(seconds=60))
    assert court.runs == 2


async def test_a_fresh_verification_runs_the_checks_though_there_is_a_proof(court: Court) -> None:
    await court.judge(CURE)

    assert (await court.judge(fresh=True)).proved_at is None
    assert court.runs == 3


@pytest.mark.parametrize(
    "other",
    [
        {"task_type": TaskType.FEATURE},
        {"targets": (THREE, TWO)},
        {"scope": ("app.txt",)},
        {"needs_effect": False},
    ],
)
async def test_another_question_is_not_answered_from_the_proof(
    court: Court, other: dict[str, Any]
) -> None:
    await court.judge(CURE)

    assert (await court.judge(**other)).proved_at is None


async def test_another_environment_is_not_answered_from_the_proof(court: Court) -> None:
    await court.judge(CURE)
    court.signature = "after an installation"

    assert (await court.judge()).proved_at is None
    assert court.runs == 4


async def test_a_proof_holds_no_secret_and_is_for_the_owner_alone(court: Court) -> None:
    court.hidden = "the end of the output"
    await court.judge(CURE)

    [proof] = (court.state / "proofs").iterdir()
    assert court.hidden not in proof.read_text()
    assert "[redacted]" in proof.read_text()
    assert stat.S_IMODE(proof.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind":"PASS"}'])
async def test_a_damaged_proof_proves_nothing(court: Court, text: str) -> None:
    await court.judge(CURE)
    [proof] = (court.state / "proofs").iterdir()
    proof.write_text(text)

    assert (await court.judge()).proved_at is None
    assert (await court.judge()).proved_at is not None


async def test_a_verdict_that_somebody_turned_round_is_not_believed(court: Court) -> None:
    await court.judge({"app.txt": "one\n"})
    (proof,) = (court.state / "proofs").iterdir()
    text = proof.read_text(encoding="utf-8")
    assert '"kind":"FAIL"' in text
    proof.write_text(text.replace("FAIL", "PASS"), encoding="utf-8")

    assert (await court.judge()).kind is VerdictKind.FAIL


async def test_a_proof_under_the_name_of_another_is_not_believed(court: Court) -> None:
    await court.judge({"app.txt": "one\n"})
    (red,) = (court.state / "proofs").iterdir()
    await court.judge(CURE)
    (green,) = set((court.state / "proofs").iterdir()) - {red}
    red.write_bytes(green.read_bytes())

    assert (await court.judge({"app.txt": "one\n"})).kind is VerdictKind.FAIL


async def test_a_baseline_that_somebody_wrote_is_taken_again(court: Court) -> None:
    await court.judge({"app.txt": "one\n"})
    (kept,) = (court.state / "baselines").iterdir()
    text = kept.read_text(encoding="utf-8")
    assert THREE in text
    kept.write_text(text.replace(THREE, f'{THREE}","{TWO}'), encoding="utf-8")

    verdict = await court.judge(targets=(ONE,), fresh=True)

    assert "new-failure" in rules_of(verdict)


async def test_a_blocked_verdict_is_not_kept(court: Court) -> None:
    court.checker.is_broken = lambda: True
    verdict = await court.judge(CURE)
    court.checker.is_broken = lambda: False

    assert verdict.kind is VerdictKind.BLOCKED
    assert (await court.judge()).kind is VerdictKind.PASS


async def test_a_checker_that_never_works_is_not_tried_again_until_the_pause_is_over(
    court: Court,
) -> None:
    court.checker.is_broken = lambda: True
    for _ in range(3):
        assert rules_of(await court.judge(CURE)) == ["check-broken"]
    tried = court.runs

    refused = await court.judge()
    assert refused.kind is VerdictKind.BLOCKED
    assert rules_of(refused) == ["checker-down"]
    assert "make 'lines --all' work" in refused.next_step
    assert court.runs == tried

    court.clock.advance(PAUSE.total_seconds())
    assert rules_of(await court.judge()) == ["check-broken"]
    assert rules_of(await court.judge()) == ["checker-down"]

    court.clock.advance(PAUSE.total_seconds())
    court.checker.is_broken = lambda: False
    assert (await court.judge()).kind is VerdictKind.PASS
    court.checker.is_broken = lambda: True
    assert rules_of(await court.judge(fresh=True)) == ["check-broken"]


async def test_a_repaired_environment_closes_the_breaker_at_once(court: Court) -> None:
    court.checker.is_broken = lambda: True
    for _ in range(3):
        await court.judge(CURE)
    court.checker.is_broken = lambda: False
    court.signature = "repaired"

    assert (await court.judge()).kind is VerdictKind.PASS


async def test_a_checker_that_only_the_change_breaks_does_not_open_the_breaker(
    court: Court,
) -> None:
    commit_files(court.repo, {"app.txt": "one two three\n", "tox.ini": "spoilt\n"})
    court.checker.is_broken = lambda: "tox.ini" in court.checker.calls[-1].files
    for _ in range(4):
        verdict = await court.judge()

    assert "check-broken" in rules_of(verdict)
    assert verdict.kind is VerdictKind.FAIL


@pytest.mark.parametrize("path", ["tests/conftest.py", "sitecustomize.py", "tests/old_test.py"])
async def test_tests_that_the_run_itself_writes_do_not_pass(court: Court, path: str) -> None:
    commit_files(court.repo, {"tests/old_test.py": "old\n"})
    court.start = head_of(court.repo)

    def rewrite(tree: Path) -> None:
        if "three" in (tree / "app.txt").read_text(encoding="utf-8"):
            (tree / path).write_text("", encoding="utf-8")

    court.checker.on_run = rewrite

    verdict = await court.judge(CURE)

    assert rules_of(verdict) == ["tests-rewritten"]
    assert verdict.reasons[0].path == path


async def test_tests_that_a_check_generates_are_left_alone(court: Court) -> None:
    def generate(tree: Path) -> None:
        if "three" in (tree / "app.txt").read_text(encoding="utf-8"):
            (tree / "tests/generated_test.py").write_text("", encoding="utf-8")

    court.checker.on_run = generate

    assert (await court.judge(CURE)).kind is VerdictKind.PASS


async def test_what_the_base_writes_too_is_forgiven(court: Court) -> None:
    def leave_behind(tree: Path) -> None:
        (tree / "tests/conftest.py").write_text("", encoding="utf-8")

    court.checker.on_run = leave_behind

    assert (await court.judge(CURE)).kind is VerdictKind.PASS


async def test_a_verification_leaves_nothing_that_git_shows(court: Court) -> None:
    await court.judge(CURE)

    assert git(court.repo, "status", "--porcelain") == ""
    assert list((court.state / "worktrees").iterdir()) == []
