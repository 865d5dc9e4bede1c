"""The operator's checkout follows the base branch, and never loses an uncommitted byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.facts import MergeReverted
from engine.domain.ids import TaskId
from engine.domain.orders import OrderStatus, OverrideVerdict, RevertMerge
from engine.domain.state import TaskState
from engine.domain.verdict import VerdictKind
from engine.domain.work import MergeState
from tests.support.engines import Bench
from tests.support.merge_engine import QuickProver, quick_engine
from tests.support.merges import (
    facts_of,
    head,
    merge_states,
    module,
    order_merges,
    subjects,
    verified,
)
from tests.support.repos import commit_files, git, write_files


async def merge(bench: Bench, *task_ids: str, prover: QuickProver | None = None) -> None:
    await order_merges(bench, *task_ids)
    async with quick_engine(bench.repo, prover) as engine:
        await engine.work_through_merges()


async def waits(bench: Bench, *words: str) -> bool:
    """Whether the task waits, with a line that has these words, on an unmoved base branch."""
    item = await bench.item("one")
    assert (item.state, item.merge_state) == (TaskState.COMPLETED, MergeState.WAITING)
    assert all(word in item.error_log for word in words), item.error_log
    return len(item.error_log.splitlines()) == 1 and "one: iteration 1" not in subjects(bench.repo)


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    return await verified(tmp_path, module("one"))


async def test_the_checkout_follows(bench: Bench) -> None:
    await merge(bench, "one")

    assert (bench.repo / "sums" / "one.py").exists()
    assert git(bench.repo, "status", "--porcelain") == ""


async def test_uncommitted_changes_stay_and_the_task_waits(bench: Bench) -> None:
    write_files(bench.repo, {"sums/rate.py": "mine\n"})

    await merge(bench, "one")

    assert await waits(bench, "sums/rate.py", "commit or stash", "approve")
    assert (bench.repo / "sums" / "rate.py").read_text() == "mine\n"

    git(bench.repo, "stash", "-q")
    await merge(bench, "one")
    assert (await merge_states(bench))["one"] is MergeState.MERGED


async def test_staged_changes_stay_and_the_task_waits(bench: Bench) -> None:
    write_files(bench.repo, {"staged.txt": "mine\n"})
    git(bench.repo, "add", "staged.txt")

    await merge(bench, "one")

    assert await waits(bench, "staged.txt")
    assert git(bench.repo, "diff", "--cached", "--name-only") == "staged.txt\n"


@pytest.mark.parametrize("ignored", [False, True])
async def test_an_untracked_file_in_the_way_is_not_overwritten(bench: Bench, ignored: bool) -> None:
    if ignored:
        (bench.repo / ".git" / "info" / "exclude").write_text("sums/one.py\n")
    write_files(bench.repo, {"sums/one.py": "mine\n"})

    await merge(bench, "one")

    assert await waits(bench, "sums/one.py")
    assert (bench.repo / "sums" / "one.py").read_text() == "mine\n"


async def test_a_checkout_of_another_branch_is_left_alone(bench: Bench) -> None:
    bench.configure(more="")
    toml = bench.brain / "aio.toml"
    toml.write_text(toml.read_text().replace("[project]\n", '[project]\nbase_branch = "main"\n'))
    git(bench.repo, "checkout", "-q", "-b", "elsewhere")
    write_files(bench.repo, {"sums/rate.py": "mine\n"})

    await merge(bench, "one")

    assert (await merge_states(bench))["one"] is MergeState.MERGED
    assert subjects(bench.repo)[-1] == "one: iteration 1"
    assert not (bench.repo / "sums" / "one.py").exists()
    assert (bench.repo / "sums" / "rate.py").read_text() == "mine\n"


async def test_a_detached_head_without_a_base_branch_waits(bench: Bench) -> None:
    git(bench.repo, "checkout", "-q", "--detach")

    await merge(bench, "one")

    item = await bench.item("one")
    assert item.merge_state is MergeState.WAITING
    assert "detached" in item.error_log
    assert "one: iteration 1" not in subjects(bench.repo)


async def test_a_rebase_of_the_base_branch_is_not_disturbed(bench: Bench) -> None:
    toml = bench.brain / "aio.toml"
    toml.write_text(toml.read_text().replace("[project]\n", '[project]\nbase_branch = "main"\n'))
    folder = bench.repo / ".git" / "rebase-merge"
    git(bench.repo, "checkout", "-q", "--detach")
    folder.mkdir()
    (folder / "head-name").write_text("refs/heads/main\n")

    await merge(bench, "one")

    assert await waits(bench, "a rebase", "main")


async def test_a_worktree_elsewhere_that_has_the_base_branch_follows(
    bench: Bench, tmp_path: Path
) -> None:
    toml = bench.brain / "aio.toml"
    toml.write_text(toml.read_text().replace("[project]\n", '[project]\nbase_branch = "main"\n'))
    git(bench.repo, "checkout", "-q", "-b", "elsewhere")
    git(bench.repo, "worktree", "add", "-q", str(tmp_path / "other"), "main")

    await merge(bench, "one")

    assert (tmp_path / "other" / "sums" / "one.py").exists()
    assert git(tmp_path / "other", "status", "--porcelain") == ""


async def test_a_dirty_worktree_elsewhere_protects_the_base_branch(
    bench: Bench, tmp_path: Path
) -> None:
    toml = bench.brain / "aio.toml"
    toml.write_text(toml.read_text().replace("[project]\n", '[project]\nbase_branch = "main"\n'))
    git(bench.repo, "checkout", "-q", "-b", "elsewhere")
    git(bench.repo, "worktree", "add", "-q", str(tmp_path / "other"), "main")
    write_files(tmp_path / "other", {"sums/rate.py": "mine\n"})

    await merge(bench, "one")

    assert await waits(bench, "other", "sums/rate.py")
    assert (tmp_path / "other" / "sums" / "rate.py").read_text() == "mine\n"


async def test_a_base_branch_that_moves_while_ralph_judges_is_not_lost(bench: Bench) -> None:
    moved: list[str] = []

    def answer(base: str, tip: str) -> VerdictKind:
        if not moved:
            moved.append(commit_files(bench.repo, {"late.txt": "late\n"}, "operator's own"))
        return VerdictKind.PASS

    prover = QuickProver(answer)
    await merge(bench, "one", prover=prover)

    assert subjects(bench.repo)[-2:] == ["operator's own", "one: iteration 1"]
    assert prover.asked[1][0] == moved[0], "what lands was judged against the new tip"


async def test_a_red_base_branch_is_taken_back_and_the_reason_recorded(bench: Bench) -> None:
    before = head(bench.repo)

    def answer(base: str, tip: str) -> VerdictKind:
        return VerdictKind.FAIL if head(bench.repo) != before else VerdictKind.PASS

    await merge(bench, "one", prover=QuickProver(answer))

    assert subjects(bench.repo)[-2:] == ["one: iteration 1", "Revert one"]
    assert head(bench.repo, "main^{tree}") == head(bench.repo, f"{before}^{{tree}}")
    item = await bench.item("one")
    assert (item.state, item.merge_state) == (TaskState.QUEUED, MergeState.RED)
    [(_, fact)] = await facts_of(bench, MergeReverted)
    assert isinstance(fact, MergeReverted)
    assert (fact.by, "a test fails" in fact.reason) == ("engine", True)


async def test_a_batch_that_turns_red_is_tried_again_one_by_one(tmp_path: Path) -> None:
    bench = await verified(tmp_path, module("one"), module("two"))

    def answer(base: str, tip: str) -> VerdictKind:
        has_landed = head(bench.repo) == tip
        has_two = "sums/two.py" in git(bench.repo, "ls-tree", "-r", "--name-only", tip)
        return VerdictKind.FAIL if has_landed and has_two else VerdictKind.PASS

    await merge(bench, "one", "two", prover=QuickProver(answer))

    assert await merge_states(bench) == {"one": MergeState.MERGED, "two": MergeState.RED}
    assert "sums/one.py" in git(bench.repo, "ls-tree", "-r", "--name-only", "main")
    assert "sums/two.py" not in git(bench.repo, "ls-tree", "-r", "--name-only", "main")


async def test_what_cannot_be_judged_is_not_merged(bench: Bench) -> None:
    before = head(bench.repo)

    await merge(bench, "one", prover=QuickProver(lambda *_: VerdictKind.BLOCKED))

    assert await waits(bench, "could not be judged", "look at it")
    assert head(bench.repo) == before


async def test_a_merged_task_is_reverted_not_rejected(bench: Bench) -> None:
    await merge(bench, "one")
    reject = OverrideVerdict(task_id=TaskId("one"), verdict=VerdictKind.FAIL, reason="no")
    async with quick_engine(bench.repo) as engine:
        refused = await engine.give(reject, by="olive")
        assert refused.status is OrderStatus.REFUSED
        assert "revert the merge first: 'aio-tui merge revert one" in refused.told()
        await engine.give(RevertMerge(task_id=TaskId("one"), reason="too early"), by="olive")
        await engine.work_through_merges()

    item = await bench.item("one")
    assert (item.state, item.merge_state) == (TaskState.BLOCKED, MergeState.REVERTED)
    assert item.error_log == "its merge was reverted by olive: too early"
    assert not (bench.repo / "sums" / "one.py").exists()


async def test_a_revert_that_later_work_forbids_changes_nothing(bench: Bench) -> None:
    await merge(bench, "one")
    commit_files(bench.repo, {"sums/one.py": "def one():\n    return 11\n"}, "later")
    before = head(bench.repo)
    async with quick_engine(bench.repo) as engine:
        await engine.give(RevertMerge(task_id=TaskId("one"), reason="too early"), by="olive")
        await engine.work_through_merges()

    item = await bench.item("one")
    assert (item.merge_state, head(bench.repo)) == (MergeState.MERGED, before)
    assert "sums/one.py" in item.error_log


async def test_a_long_queue_that_holds_is_merged_in_ever_larger_batches(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(12)]
    bench = await verified(tmp_path, *map(module, names))
    prover = QuickProver()

    await merge(bench, *names, prover=prover)

    assert set((await merge_states(bench)).values()) == {MergeState.MERGED}
    assert len(prover.asked) == 4  # 5 branches, then 7: each proved, and looked at once landed
