"""One iteration of one task, from the claim to the record.

Load the memory, build the context, let the agent work behind the gate, commit, verify, decide,
write the session file, then one transaction. A process that dies anywhere before that transaction
leaves the task as the iteration before left it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from engine.domain.action import Action, Ruling
from engine.domain.errors import (
    AgentError,
    ConfigError,
    GateError,
    GuardrailError,
    HostError,
    InputError,
    StaleClaimError,
    StoreError,
    WorkspaceError,
)
from engine.domain.facts import IterationStarted, WarningRaised
from engine.domain.run import BudgetSpent
from engine.domain.state import Trigger
from engine.domain.transcript import EntryKind
from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import Claim, WorkItem
from engine.loop.contracts_in_force import held_back
from engine.loop.deadline import Deadline
from engine.loop.endings import Endings
from engine.loop.gate import TaskGate
from engine.loop.hooking import TaskHooks
from engine.loop.host import broken_by_lack_of_room, host_problem, lack_of_room
from engine.loop.memory import Memory, recall
from engine.loop.merging_services import Silence
from engine.loop.past import Past, past_of
from engine.loop.purse import Purse
from engine.loop.scope import alongside, to_the_end
from engine.loop.services import LoopServices
from engine.loop.size import held_to_size
from engine.loop.turn import Turn, TurnResult
from engine.ports.agent import Agent, AgentTurn
from engine.ports.store import Transaction
from engine.ports.workspace import Worktree
from engine.session.transcripts import TranscriptWriter
from engine.wiggum.limits import LimitHit

_log = logging.getLogger(__name__)
_FLUSH_S = 0.1


class _PauseAsked(Exception):  # noqa: N818  a signal, not an error
    """The operator was quicker than the claim."""


@dataclass
class _Attempt:
    """An iteration under way."""

    claim: Claim
    worktree: Worktree | None = None
    """None: not opened yet."""


class IterationLoop:
    """Runs iterations; one instance serves all workers of a run."""

    def __init__(self, services: LoopServices) -> None:
        self._services = services
        self._purse = Purse(services)
        self._endings = Endings(services)

    async def run(self, claim: Claim) -> None:
        """Run the next iteration of the claimed task.

        Raises:
            BudgetSpent: the run's budget is used up; the task is back in the queue.
            AgentError: its backend cannot work for any task; the task is back in the queue.
            HostError: this machine lets nobody work; the task is back in the queue.
            StaleClaimError: the task was taken away meanwhile; nothing of this remains.
            StoreError: the database cannot be written; the next start puts the task back.
        """
        attempt = _Attempt(claim)
        try:
            await self._attempt(attempt)
        except asyncio.CancelledError:
            await to_the_end(self._endings.give_up(claim, attempt.worktree, "the run was stopped"))
            raise
        except Exception as error:  # noqa: BLE001  the top of a task
            await to_the_end(self._answer(attempt, error))

    async def give_back(self, claim: Claim) -> None:
        """Put a task whose iteration was given up before it began where it was.

        Raises:
            StoreError: the database cannot be written; the next start puts the task back.
        """
        await to_the_end(self._endings.give_up(claim, None, "the run was stopped"))

    async def _answer(self, attempt: _Attempt, error: Exception) -> None:
        """What becomes of the task after an error; raises those that concern the run."""
        claim, endings = attempt.claim, self._endings
        match error:
            case StaleClaimError():
                await endings.give_up(claim, attempt.worktree, "it was taken away")
                raise error
            case _PauseAsked():
                await endings.give_up(claim, attempt.worktree, "paused before it began")
            case StoreError() | BudgetSpent():
                raise error
            case AgentError():
                await endings.postpone(claim, str(error))
                raise error
            case HostError():
                await self._raise_if_host_fails(claim)
                await endings.wait_out(claim, error.message)
            case OSError() if lack := lack_of_room(error):
                await self._raise_if_host_fails(claim)
                await endings.wait_out(claim, lack)
            case ConfigError() | GateError() | GuardrailError() | InputError() | WorkspaceError():
                await self._raise_if_host_fails(claim)
                if lack := lack_of_room(error):
                    await endings.wait_out(claim, lack)
                else:
                    await endings.end(claim, Trigger.BLOCK, str(error))
            case _:
                # A bug here must neither stop the other tasks nor be repeated for ever.
                _log.error("iteration of %s crashed", claim.item.task_id, exc_info=error)
                await endings.crashed(claim, error)

    async def _raise_if_host_fails(self, claim: Claim) -> None:
        """Put the task back and end the run where no task could get further."""
        problem = host_problem(self._services.settings.state)
        if problem is not None:
            await self._endings.postpone(claim, problem)
            raise HostError(problem, hint="mend that, then run again: the queue is as it was")

    async def _attempt(self, attempt: _Attempt) -> None:
        claim, services = attempt.claim, self._services
        item = claim.item
        past = await services.store.read(lambda reader: past_of(reader, item.task_id))
        hit = await self._purse.hit_before(item, past)
        if hit is not None:
            await self._refuse(claim, hit)
            return
        agent = services.agent_for(item)
        await services.automatic.routed(item, agent.name, is_configured=item.backend is None)
        attempt.worktree = await services.workspace.open(item)
        recorded = await self._iterate(claim, past, agent, attempt.worktree)
        if recorded is not None:
            self._endings.went_well(claim)
            await to_the_end(self._tidy(recorded))  # the claim is over: heartbeats find it gone

    async def _refuse(self, claim: Claim, hit: LimitHit) -> None:
        if hit.ends_run:
            await self._services.automatic.ended_run(claim.item, hit.message)
            await self._endings.postpone(claim, hit.message)
            raise BudgetSpent(hit.message, limit=hit.rule)
        await self._endings.end(claim, Trigger.EXHAUST, hit.message, limit=hit.rule)

    async def _tidy(self, recorded: WorkItem) -> None:
        """What is recorded stays so, whatever the clearing up says."""
        try:
            await self._services.tidy(recorded)
        except WorkspaceError as error:
            await self._warn(recorded, (f"not cleared up yet: {error}",))

    async def _iterate(
        self, claim: Claim, past: Past, agent: Agent, worktree: Worktree
    ) -> WorkItem | None:
        """The task as it is recorded; None: the agent failed and nothing is."""
        from engine.loop.record import Iteration, record  # late: no start waits for it

        services, item = self._services, claim.item
        began_s = services.clock.monotonic_s()
        await self._begin(claim, worktree, agent)
        memory = await asyncio.to_thread(
            recall, item, past, services.settings, services.secrecy.codec
        )
        await self._warn(item, memory.warnings)
        number = item.iteration_count + 1
        with TranscriptWriter(
            services.transcripts,
            item.task_id,
            number,
            services.clock,
            redact=services.secrecy.redact,
            codec=services.secrecy.codec,
        ) as notes:
            async with alongside(_flush(notes, services), name="transcript"):
                hooks = self._hooks(item, worktree, notes)
                await hooks.before_iteration()
                result = await self._work(claim, past, memory, agent, worktree, notes, hooks)
                if result.failure is not None:
                    await self._endings.failed(claim, result.failure)
                    return None
                worktree = await self._commit(claim, worktree)
                await self._verifying(claim)
                verdict = await self._verdict(item, worktree, notes, hooks)
        duration_s = services.clock.monotonic_s() - began_s
        now = await services.store.read(lambda reader: reader.task(item.task_id))
        recorded = await record(
            services,
            Iteration(
                claim=claim,
                item=now,
                number=number,
                past=past,
                memory=memory,
                worktree=worktree,
                result=result,
                verdict=await self._held_to_limits(item, past.held_to(verdict), worktree),
                agent=agent.name,
                duration_s=duration_s,
                limit=self._purse.hit_after(now, past, result.usage, duration_s),
            ),
        )
        await replace(hooks, notes=Silence()).after_iteration(recorded.state, recorded.error_log)
        return recorded

    async def _verdict(
        self, item: WorkItem, worktree: Worktree, notes: TranscriptWriter, hooks: TaskHooks
    ) -> Verdict:
        services = self._services
        tree_hash = await services.workspace.tree_hash(worktree.head_commit)
        denied = await hooks.before_verdict(worktree, tree_hash)
        verdict = denied or await self._verified(item, worktree, notes)
        await hooks.after_verdict(verdict)
        return verdict

    async def _verified(
        self, item: WorkItem, worktree: Worktree, notes: TranscriptWriter
    ) -> Verdict:
        """The verdict on the task; one that this machine is to blame for is none.

        Raises:
            HostError: a check failed for a disk that was full.
        """
        verdict = await self._services.verifier.verify(
            worktree.base_commit,
            worktree.head_commit,
            task_type=item.type,
            targets=item.tests,
            scope=item.scope,
            notes=notes,
        )
        if verdict.kind is VerdictKind.PASS:
            return verdict
        problem = host_problem(self._services.settings.state) or broken_by_lack_of_room(verdict)
        if problem:
            raise HostError(problem, hint="free some space")
        return verdict

    def _hooks(self, item: WorkItem, worktree: Worktree, notes: TranscriptWriter) -> TaskHooks:
        return TaskHooks(
            hooks=self._services.hooks,
            decisions=self._services.decisions,
            clock=self._services.clock,
            item=item,
            iteration=item.iteration_count + 1,
            worktree=worktree.path,
            notes=notes,
        )

    async def _work(
        self,
        claim: Claim,
        past: Past,
        memory: Memory,
        agent: Agent,
        worktree: Worktree,
        notes: TranscriptWriter,
        hooks: TaskHooks,
    ) -> TurnResult:
        from engine.sandbox.tools import ToolBox  # late: no start waits for it

        services, item = self._services, claim.item
        standing = await services.contracts.now(item.role, item.project)
        turn = memory.turn(
            past,
            standing.contract,
            worktree,
            checks=services.verifier.check_names(worktree.path),
            may_spend_usd=self._purse.left_usd(item, past),
        )
        turn = _sendable(turn, services.secrecy.outgoing)
        notes.append(EntryKind.PROMPT, turn.prompt)
        deadline = Deadline(services.settings.budgets.iteration_wall_clock_s)
        played = Turn(notes, on_usage=self._purse.recorder(item, agent.name))
        gate = TaskGate(
            claim,
            iteration=turn.iteration,
            judge=partial(self._judged, item, worktree),
            toolbox=ToolBox(
                await services.confined(
                    worktree, lambda: services.contracts.known(item.role, item.project).hosts
                ),
                worktree.path,
                timeout_s=services.settings.tool_timeout_s,
                on_output=played.hear_tool,
                extra_env=services.tool_env(worktree.path),
                unheld=services.unheld,
            ),
            notes=notes,
            deadline=deadline,
            hooks=hooks,
            services=services.gate,
            worktree=worktree.path,
            known_messages=past.messages,
        )
        result = await played.take(agent, turn, gate, deadline)
        return replace(result, told_messages=gate.told_messages)

    async def _held_to_limits(self, item: WorkItem, verdict: Verdict, tree: Worktree) -> Verdict:
        """A PASS of a change that is larger than the contract allows is the operator's to judge."""
        limits = self._services.contracts.known(item.role, item.project).limits
        if verdict.kind is not VerdictKind.PASS or not limits.bounds_change:
            return verdict
        lines = await self._services.workspace.changed_lines(tree.base_commit, tree.head_commit)
        return held_to_size(verdict, limits, lines)

    async def _judged(self, item: WorkItem, worktree: Worktree, action: Action) -> Ruling:
        """By the contract as it is at this moment."""
        from engine.governance.judge import judge  # late: it loads with the first action

        standing = await self._services.contracts.now(item.role, item.project)
        ruling = judge(
            action,
            contract=standing.contract,
            worktree=worktree.path,
            is_sandboxed=(await self._services.containment()).is_sandboxed,
        )
        return held_back(ruling, standing.problem)

    async def _begin(self, claim: Claim, worktree: Worktree, agent: Agent) -> None:
        item = claim.item
        started = IterationStarted(iteration=item.iteration_count + 1, agent=agent.name)
        changes = {"base_commit": worktree.base_commit, "head_commit": worktree.head_commit}

        def start(tx: Transaction) -> None:
            if tx.task(item.task_id).is_pause_requested:
                raise _PauseAsked
            tx.move(item.task_id, Trigger.START, fence=claim.fence, changes=changes)
            tx.append_facts(started, task_id=item.task_id, project=item.project)

        await self._services.store.write(start)

    async def _verifying(self, claim: Claim) -> None:
        await self._services.store.write(
            lambda tx: tx.move(claim.item.task_id, Trigger.VERIFY, fence=claim.fence)
        )

    async def _warn(self, item: WorkItem, warnings: tuple[str, ...]) -> None:
        if warnings:
            facts = [WarningRaised(text=text) for text in warnings]
            await self._services.store.write(
                lambda tx: tx.append_facts(*facts, task_id=item.task_id, project=item.project)
            )

    async def _commit(self, claim: Claim, worktree: Worktree) -> Worktree:
        item = claim.item
        title = " ".join(item.description.split())[:72]
        message = f"{item.task_id}: iteration {item.iteration_count + 1}\n\n{title}\n"
        head = await self._services.workspace.commit(worktree, message)
        return replace(worktree, head_commit=head)


def _sendable(turn: AgentTurn, outgoing: Callable[[str], str]) -> AgentTurn:
    return replace(turn, system=outgoing(turn.system), prompt=outgoing(turn.prompt))


async def _flush(notes: TranscriptWriter, services: LoopServices) -> None:
    """Shows the end of a text that pauses."""
    while True:
        await services.clock.sleep(_FLUSH_S)
        notes.flush()
