"""What one iteration needs, put together once by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from engine.domain.containment import Containment
from engine.domain.settings import Settings
from engine.domain.values import dataclass
from engine.domain.work import MergeState, WorkItem
from engine.loop.automatic import Automatic
from engine.loop.contracts_in_force import ContractsInForce
from engine.loop.permits import GateServices
from engine.loop.scribes import Recorder
from engine.loop.tidy import tidy
from engine.loop.verification import Verifier
from engine.ports.agent import Agent
from engine.ports.clock import Clock
from engine.ports.hooks import Hooks
from engine.ports.process import CommandRunner
from engine.ports.secrecy import OPEN, Secrecy
from engine.ports.store import Store
from engine.ports.workspace import Workspace, Worktree


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopServices:
    """Shared by all iterations of one engine."""

    settings: Settings
    store: Store
    workspace: Workspace
    verifier: Verifier
    confined: Callable[[Worktree, Callable[[], Sequence[str]]], Awaitable[CommandRunner]]
    """Runs what the agent of a task wants, and lets it reach the hosts that are named then. Raises
    GuardrailError where nothing may run.
    """
    containment: Callable[[], Awaitable[Containment]]
    """What holds the commands of agents here."""
    unheld: CommandRunner
    """Runs what a human released from the sandbox."""
    agent_for: Callable[[WorkItem], Agent]
    """Raises ConfigError for a backend that is unknown, AgentError for one that cannot work."""
    contracts: ContractsInForce
    tool_env: Callable[[Path], Mapping[str, str]]
    """What an agent's commands in a worktree get beside the bare environment."""
    decisions: Recorder
    automatic: Automatic
    gate: GateServices
    hooks: Hooks
    clock: Clock
    merge_state_of: Callable[[WorkItem], MergeState | None]
    """See `engine.loop.merge_policy`."""
    jitter: Callable[[], float]
    """From 0 to 1, spreads retries."""
    secrecy: Secrecy = OPEN

    async def tidy(self, item: WorkItem) -> None:
        """See `engine.loop.tidy`."""
        await tidy(
            item,
            store=self.store,
            workspace=self.workspace,
            brain=self.settings.brain,
            merge_state_of=self.merge_state_of,
        )

    @property
    def transcripts(self) -> Path:
        return self.settings.state / "transcripts"
