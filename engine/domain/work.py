"""The unit of work in the queue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.domain.errors import InputError
from engine.domain.ids import TaskId, WorkerId, parse_project, parse_task_id
from engine.domain.state import TaskState
from engine.domain.values import dataclass
from engine.domain.verdict import VerdictKind
from engine.domain.words import state_word, state_words

_BRANCH = re.compile(r"(?:fix|feature)(?:/[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?)+")
_LONGEST_BRANCH = 200
BRANCH_RULE = (
    "a branch below fix/ or feature/, such as fix/BUG-1, of letters a to z, digits, '.', '_', '-'"
)


def is_task_branch(name: str) -> bool:
    """Whether the engine may make a branch of that name, move it and take it away.

    >>> is_task_branch("fix/gcd"), is_task_branch("main"), is_task_branch("fix/a..b")
    (True, False, False)
    """
    is_no_name = ".." in name or f"{name}/".count(".lock/") > 0
    return len(name) <= _LONGEST_BRANCH and not is_no_name and bool(_BRANCH.fullmatch(name))


class TaskType(StrEnum):
    """What kind of change is wanted; it chooses role, branch prefix and completion signal."""

    BUGFIX = "bugfix"
    CODE_QUALITY = "codequality"
    TEST_FIX = "testfix"
    FEATURE = "feature"
    TEST = "test"


class MergeState(StrEnum):
    """Where the branch of verified work is on its way into the main branch."""

    WAITING = "waiting"
    """The operator has to say so."""
    QUEUED = "queued"
    """The merge queue will take it."""
    MERGED = "merged"
    CONFLICT = "conflict"
    """It did not fit onto the main branch; the task goes on with that as evidence."""
    RED = "red"
    """It fits, but the checks fail on the result; the task goes on with that as evidence."""
    REVERTED = "reverted"
    """It was merged, and undone."""
    PULL_REQUEST = "pull-request"
    """A pull request is open; others decide."""


class AgentRole(StrEnum):
    """Who does it."""

    BUG_FIX = "BugFix"
    CODE_QUALITY = "CodeQuality"
    TEST_FIXER = "TestFixer"
    FEATURE_BUILDER = "FeatureBuilder"
    TEST_WRITER = "TestWriter"


class Team(StrEnum):
    """The group a role belongs to."""

    QA = "QA"
    DEV = "Dev"
    OPS = "Ops"


ROLE_OF_TYPE: Mapping[TaskType, AgentRole] = {
    TaskType.BUGFIX: AgentRole.BUG_FIX,
    TaskType.CODE_QUALITY: AgentRole.CODE_QUALITY,
    TaskType.TEST_FIX: AgentRole.TEST_FIXER,
    TaskType.FEATURE: AgentRole.FEATURE_BUILDER,
    TaskType.TEST: AgentRole.TEST_WRITER,
}

TEAM_OF_ROLE: Mapping[AgentRole, Team] = {
    AgentRole.BUG_FIX: Team.QA,
    AgentRole.CODE_QUALITY: Team.QA,
    AgentRole.TEST_FIXER: Team.QA,
    AgentRole.FEATURE_BUILDER: Team.DEV,
    AgentRole.TEST_WRITER: Team.DEV,
}

MOST_URGENT, LEAST_URGENT, DEFAULT_PRIORITY = 0, 9, 5
"""Priorities run from 0 (most urgent) to 9."""

SCOPE = "scope"
"""Field of a task's metadata: globs of paths that its change may touch."""

MAX_ITERATIONS = 10_000
"""More than any task can use; keeps budgets countable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task as somebody asks for it.

    Raises:
        InputError: an id, the priority or the description is not acceptable.
    """

    task_id: TaskId
    project: str
    description: str
    type: TaskType = TaskType.BUGFIX
    role: AgentRole | None = None
    """None: the role that the type implies."""
    branch: str | None = None
    """None: `fix/<task_id>` or `feature/<task_id>` by type."""
    priority: int = DEFAULT_PRIORITY
    depends_on: tuple[TaskId, ...] = ()
    files: tuple[str, ...] = ()
    """Paths the task is about, relative to the repository; a hint to the agent."""
    tests: tuple[str, ...] = ()
    """Target tests that must be green at the end: test ids, or files that hold them."""
    backend: str | None = None
    """Which agent backend works on it; None: the configured default."""
    max_iterations: int | None = None
    """None: the budget of the role."""
    complexity: str | None = None
    estimated_value_usd: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Fields of an imported queue file that the engine does not interpret, kept for export."""

    def __post_init__(self) -> None:
        parse_task_id(self.task_id)
        parse_project(self.project)
        if not self.description.strip():
            raise InputError(
                f"task {self.task_id!r} has no description", hint="say in one line what is wanted"
            )
        if self.branch is not None and not is_task_branch(self.branch):
            raise InputError(
                f"task {self.task_id!r} wants branch {self.branch!r}", hint=f"use {BRANCH_RULE}"
            )
        if not MOST_URGENT <= self.priority <= LEAST_URGENT:
            raise InputError(
                f"task {self.task_id!r} has priority {self.priority}",
                hint=f"use {MOST_URGENT} (most urgent) to {LEAST_URGENT}",
            )
        if self.max_iterations is not None and not 1 <= self.max_iterations <= MAX_ITERATIONS:
            raise InputError(
                f"task {self.task_id!r} has max_iterations {self.max_iterations}",
                hint=f"use 1 to {MAX_ITERATIONS}",
            )

    @property
    def agent_role(self) -> AgentRole:
        """The given role, or the one the type implies."""
        return self.role or ROLE_OF_TYPE[self.type]

    @property
    def branch_name(self) -> str:
        """The given branch, or the default one of the type."""
        prefix = "feature" if self.type in (TaskType.FEATURE, TaskType.TEST) else "fix"
        return self.branch or f"{prefix}/{self.task_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A task as the queue holds it."""

    task_id: TaskId
    project: str
    description: str
    type: TaskType
    role: AgentRole
    team: Team
    branch: str
    priority: int
    state: TaskState
    created_at: datetime
    updated_at: datetime
    depends_on: tuple[TaskId, ...] = ()
    unmet_dependencies: int = 0
    """How many of `depends_on` are not PASSED or COMPLETED yet; ready means 0."""
    files: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    backend: str | None = None
    max_iterations: int | None = None
    complexity: str | None = None
    estimated_value_usd: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    iteration_count: int = 0
    """Recorded iterations; the running one is not among them."""
    iterations_granted: int = 0
    """Iterations the operator added to (or, negative, took from) the budget."""
    retry_count: int = 0
    """How often the operator put it back into the queue."""
    interruptions: int = 0
    """Iterations in a row that ended with their process; a recorded iteration sets it to 0."""
    last_verdict: VerdictKind | None = None
    """Of its newest recorded iteration."""
    error_log: str = ""
    """Why it is where it is, in one line; empty while nothing went wrong."""
    base_commit: str | None = None
    """The commit its branch started from; None before the first iteration."""
    head_commit: str | None = None
    """The last recorded commit of its branch."""
    session_ref: str | None = None
    """File name of the last recorded session file."""
    orchestrator_id: WorkerId | None = None
    """The worker that holds it, if one does."""
    fence: int = 0
    """Number of the last claim; a write under an older number is refused."""
    lease_expires_at: datetime | None = None
    is_pause_requested: bool = False
    """A running task is paused at its next safe point."""
    merge_state: MergeState | None = None
    """None: there is no verified work, or it was superseded by further iterations."""
    merged_commit: str | None = None
    """The commit of the main branch that holds its work, once it is merged."""
    taken_by: str = ""
    """Who works on it by hand, or waits to until its worker has let go; empty: nobody."""
    model: str | None = None
    """Which model works on it; None: the configured one."""
    max_cost_cents: int | None = None
    """What it may cost in all, in hundredths of US dollars; None: as configured."""
    max_tokens: int | None = None
    """How many tokens it may use in all; None: no limit."""
    branched_from: TaskId | None = None
    """The task at one of whose checkpoints it began; None: it began at the base branch."""
    branched_at: int | None = None
    """The iteration of that task which left the checkpoint."""
    not_before: datetime | None = None
    """It is not ready before this time (back-off after a transient failure)."""

    @property
    def scope(self) -> tuple[str, ...]:
        """Globs of paths that its change may touch, from `metadata`; empty: all.

        Raises:
            InputError: it is no list of texts; nothing may be verified by it.
        """
        told = self.metadata.get(SCOPE, ())
        globs = (told,) if isinstance(told, str) else told
        is_list = isinstance(globs, list | tuple)
        if not is_list or not all(isinstance(glob, str) and glob.strip() for glob in globs):
            raise InputError(
                f"scope of task {self.task_id!r} is no list of globs",
                hint='write it as ["src/**", "docs/*.md"]',
            )
        return tuple(globs)

    @property
    def is_ready_but_for_time(self) -> bool:
        """Whether a worker may take it once `not_before` has come."""
        return self.state is TaskState.QUEUED and self.unmet_dependencies == 0

    @property
    def word(self) -> str:
        """The one word for where it stands, such as `to merge`."""
        return state_word(self.state, self.merge_state)

    @property
    def standing(self) -> str:
        """The same behind 'it is'."""
        return state_words(self.state, self.merge_state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One worker's hold on one task for one iteration."""

    item: WorkItem
    worker: WorkerId
    fence: int


def discarded_ref(branch: str, commit: str) -> str:
    """Where git keeps work that was thrown away.

    >>> discarded_ref("fix/gcd", "2a2b3c4d5e6f70819")
    'refs/aio-tui/discarded/fix/gcd/2a2b3c4d5e6f'
    """
    return f"refs/aio-tui/discarded/{branch}/{commit[:12]}"
