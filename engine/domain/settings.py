"""The configuration in force, as values. `engine.config` reads it from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from engine.domain.action import Severity
from engine.domain.usage import Price
from engine.domain.values import dataclass
from engine.domain.work import AgentRole

DEFAULT_ITERATION_BUDGETS: Mapping[AgentRole, int] = {
    AgentRole.BUG_FIX: 15,
    AgentRole.CODE_QUALITY: 20,
    AgentRole.TEST_FIXER: 15,
    AgentRole.TEST_WRITER: 15,
    AgentRole.FEATURE_BUILDER: 50,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """One check of the target repository."""

    name: str
    kind: str
    """`pytest`, `ruff`, `mypy`, `eslint`, `tsc`, `vitest` or `command`."""
    command: tuple[str, ...] = ()
    """For `command`: what to run. For the others: extra arguments."""
    timeout_s: float = 600.0
    """Limit of the whole check."""
    test_timeout_s: float = 60.0
    """Limit of one test, where the check can tell them apart."""
    folder: str = ""
    """Where it runs, relative to the repository; empty: its top. One package of a monorepo, say."""
    format: str = "exit"
    """For `command`: how its findings are read: `exit`, `junit`, `sarif` or `tap`."""
    report: str = ""
    """For `command`: the file, relative to `folder`, that it writes its findings to; empty: its
    standard output.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Limits, each checked before it is spent. None: no limit."""

    iterations_by_role: Mapping[AgentRole, int] = field(
        default_factory=lambda: dict(DEFAULT_ITERATION_BUDGETS)
    )
    task_cost_usd: Decimal | None = Decimal(5)
    run_cost_usd: Decimal | None = Decimal(50)
    task_wall_clock_s: float | None = 4 * 3600.0
    run_wall_clock_s: float | None = None
    iteration_wall_clock_s: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """How the Messages API is called. The key comes from the environment alone."""

    model: str = "claude-sonnet-4-5"
    max_output_tokens: int = 16_000
    max_steps: int = 60
    """Model calls in one iteration."""
    silence_timeout_s: float = 120.0
    """A stream without a byte for so long is given up."""
    max_retries: int = 6
    retry_cap_s: float = 300.0
    """Longest single wait, whatever a server asks for."""


KEY_VARIABLES = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
"""Environment variables that hold a model key."""


class MergePolicy(StrEnum):
    """How verified work gets into the main branch."""

    LEVEL = "level"
    """By the autonomy level of the task's role: L2 like AUTO, the others like APPROVAL."""
    APPROVAL = "approval"
    """When the operator says so."""
    AUTO = "auto"
    """By itself."""
    PULL_REQUEST = "pull-request"
    """As a pull request, through the `gh` command."""


class MergeMethod(StrEnum):
    """What the main branch looks like afterwards."""

    REBASE = "rebase"
    """The task's commits on top of it."""
    MERGE = "merge"
    """The task's rebased commits joined by a merge commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSettings:
    """How verified work lands."""

    policy: MergePolicy = MergePolicy.LEVEL
    method: MergeMethod = MergeMethod.REBASE
    batch: int = 40
    """Most tasks that are verified together, however many wait; see `merging_size`."""
    undo_window_s: float = 5.0
    """So long a merge that was ordered in a cockpit waits, so that it can be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSettings:
    """One program that is called around what happens; see docs/hooks.md."""

    name: str
    point: str
    """A value of `engine.ports.hooks.HookPoint`."""
    command: tuple[str, ...]
    """Its first word with `/` is relative to the repository; another is looked for on the PATH."""
    timeout_s: float = 10.0
    tools: tuple[str, ...] = ()
    """Kinds of action it is called for; empty: all."""
    roles: tuple[str, ...] = ()
    """Agent roles it is called for; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HipaaSettings:
    """What personal data asks for. Off: credentials alone are taken out of what is written."""

    enabled: bool = False
    key_file: Path | None = None
    """Holds the operator's key; outside of the repository."""
    key_command: tuple[str, ...] = ()
    """Prints the operator's key, where no file is named."""
    patterns: Mapping[str, str] = field(default_factory=dict)
    """The target's own: kind to regular expression."""


class NoAnswer(StrEnum):
    """What becomes of a question that nobody answers in time."""

    WAIT = "wait"
    """It stays open, and its agent waits for it."""
    DENY = "deny"
    """It is denied by rule; the agent is told that nobody answered."""
    PARK = "park"
    """It stays open, but its agent is let go; the task begins anew from its last iteration once it
    is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSettings:
    """Questions that nobody answers."""

    no_answer: NoAnswer = NoAnswer.WAIT
    after_s: float = 3600.0
    """How long a question waits before it is denied or parked."""
    run_waits_s: float = 12 * 3600.0
    """How long a run that nobody watches waits for answers, and for tasks to be handed back,
    once nothing else is left to do, from the newest of them on, before it parks and ends. 0: not
    at all.
    """
    take_over_waits_s: float = 3600.0
    """How long of that it waits for a task that was taken over while nobody is in its worktree,
    from when somebody was seen there last, or it was taken.
    """
    by_severity: Mapping[Severity, NoAnswer] = field(default_factory=dict)
    """Where it differs from `no_answer`."""

    def policy_for(self, severity: Severity) -> NoAnswer:
        """What is done about a question of this severity."""
        return self.by_severity.get(severity, self.no_answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSettings:
    """How an operator who does not look hears of a question."""

    bell: bool = True
    terminal: str = "auto"
    """Notifications of the terminal: `auto`, `osc9`, `osc777`, `osc99` or `off`."""
    desktop: bool = True
    """Through `notify-send`, where it and a desktop are there."""
    command: tuple[str, ...] = ()
    """A program that gets the notice as JSON on standard input; empty: none."""
    apprise_env: str = "AIO_TUI_NOTIFY_URLS"
    """The environment variable that holds Apprise URLs."""
    apprise_file: Path | None = None
    """A file of Apprise URLs, one a line, that only its owner may read."""
    after_s: float = 20.0
    """How long a question waits before anybody is told."""
    every_s: float = 60.0
    """Least time between two notices: what comes meanwhile goes into the next."""
    again_after_s: float = 900.0
    """Until the first reminder; each following one waits twice as long, at most a day."""
    away_s: float = 120.0
    """Nobody is told while a key was pressed in a cockpit within this time."""
    timeout_s: float = 10.0
    """How long a channel may take."""
    questions: bool = True
    """Whether questions are told at all; likewise the kinds of news below."""
    blocked: bool = True
    failed: bool = True
    budget: bool = True
    """A task's or the run's budget that is spent."""
    run_end: bool = True
    least: Severity = Severity.LOW
    """Questions and news below are not told."""
    quiet: str = ""
    """Local time in which nobody is told, such as `22:00-07:00`; empty: none."""
    quiet_least: Severity | None = Severity.CRITICAL
    """Questions from here on are told in the quiet time as well; None: none are."""


class SandboxMode(StrEnum):
    """What holds the programs of agents."""

    AUTO = "auto"
    """Bubblewrap where it works on this machine."""
    BUBBLEWRAP = "bubblewrap"
    """Nothing less: without it no task runs."""
    OFF = "off"
    """Nothing: they run with the operator's rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How the programs of agents are held. Megabytes are 1024 * 1024 bytes."""

    mode: SandboxMode = SandboxMode.AUTO
    memory_mb: int = 8192
    """Of one process."""
    processes: int = 4096
    """Of one command at once; the kernel does not hold root to it."""
    file_mb: int = 4096
    """Of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CockpitSettings:
    """How the cockpit looks and which keys it has; the cockpit knows what the names mean."""

    theme: str = "auto"
    glyphs: str = "auto"
    motion: str = "auto"
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a command to its keys, in place of those it has by itself."""
    keys_problem: tuple[str, str] | None = None
    """What is wrong with the keys, and what to do; they are empty then, and whoever needs them has
    to refuse. None: nothing.
    """


SCRIPTED = "scripted"
"""The backend whose words are written beforehand: what it uses is counted, and never paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the engine is told from outside."""

    repo: Path
    """The target repository, resolved."""
    project: str
    backend: str = "anthropic"
    """Default agent backend: `anthropic`, `fixer` or `scripted`."""
    parallel: int = 3
    base_branch: str | None = None
    """Where branches start; None: what the repository has checked out."""
    checks: tuple[CheckSettings, ...] = ()
    """Empty: detected from the repository."""
    python: str | None = None
    """Interpreter of the target's own environment; None: detected."""
    tool_timeout_s: float = 120.0
    lease_s: float = 60.0
    max_interruptions: int = 20
    """A task under which the engine's process died so often in a row is set aside."""
    stall_after: int = 3
    """Iterations without progress after which a task is stopped."""
    budgets: Budgets = field(default_factory=Budgets)
    merge: MergeSettings = field(default_factory=MergeSettings)
    hipaa: HipaaSettings = field(default_factory=HipaaSettings)
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    escalations: EscalationSettings = field(default_factory=EscalationSettings)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    cockpit: CockpitSettings = field(default_factory=CockpitSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    prices: Mapping[str, Price] = field(default_factory=dict)
    hooks: tuple[HookSettings, ...] = ()
    """In the order in which they are called."""
    script: Path | None = None
    """The written conversation that the `scripted` backend replays."""

    @property
    def brain(self) -> Path:
        """The repository's `.aibrain` folder."""
        return self.repo / ".aibrain"

    @property
    def state(self) -> Path:
        """Run-time state, kept out of git."""
        return self.brain / "state"
