"""Whether what is promised about personal data holds here, by trying it; and what the guardrails
did.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from engine.app.engine import Engine
from engine.app.keeping import plain_places
from engine.app.modes import open_to_others
from engine.app.secrecy import contracts_in_force, redactor_of, secrecy_of
from engine.app.selftest import guardrail_gaps, redaction_gaps, seal_gaps
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import EngineError
from engine.domain.settings import Settings
from engine.domain.values import dataclass
from engine.domain.work import AgentRole
from engine.governance.contract import AutonomyLevel
from engine.loop.permits import STOPPED
from engine.ports.store import TaskQuery

_SHOWN = 5
_EVERYTHING = 1_000_000_000
_OVERRIDES = frozenset({DecisionKind.GUARDRAIL_OVERRIDE, DecisionKind.VERDICT_OVERRIDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One promise, and what trying it showed."""

    name: str
    holds: bool
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A human let pass what a rule or a verdict had stopped."""

    at: datetime
    task_id: str | None
    kind: str
    decision: str
    what: str
    approver: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceReport:
    """What `aio-tui compliance report` writes."""

    project: str
    made_at: datetime
    controls: tuple[Control, ...]
    fired: Mapping[str, Mapping[str, int]]
    """Rule to how often it asked, denied, and was overruled by contract or an earlier answer."""
    overrides: tuple[Override, ...]
    violations: Mapping[str, Mapping[str, int]]
    """Agent role to rule to how often its agents ran against it."""
    not_there: tuple[str, ...]
    """What this program does not do, so that nothing can be said about it."""

    @property
    def holds(self) -> bool:
        """Whether every control does."""
        return all(control.holds for control in self.controls)


_NOT_THERE = (
    "access per team: there is no HTTP API yet; whoever can read the state folder and the key "
    "sees all of the state",
    "names and postal addresses are taken out only where a pattern in [hipaa.patterns] finds them",
)


async def report(engine: Engine) -> ComplianceReport:
    """Try every control of the engine's repository and read its audit trail.

    Raises:
        StoreError: the database or the audit trail cannot be read.
    """
    settings = engine.settings
    controls = await asyncio.to_thread(_controls, settings)
    lack = await engine.sandbox_warning()
    if not lack:
        seen = "each of its properties was tried on this machine"
        controls.append(Control(name="sandbox", holds=True, seen=seen))
    problems = await engine.audit_problems()
    decisions, unreadable = await engine.decisions(None)
    trail = _of_list("audit trail", [*problems, *unreadable], f"{len(decisions)} decisions intact")
    items = await engine.tasks(TaskQuery(project=settings.project, limit=_EVERYTHING))
    roles = {str(item.task_id): item.role.value for item in items}
    return ComplianceReport(
        project=settings.project,
        made_at=engine.now(),
        controls=(*controls, trail),
        fired=_fired(decisions),
        overrides=tuple(_override(one) for one in decisions if _is_override(one)),
        violations=_violations(decisions, roles),
        not_there=(*_NOT_THERE, *([f"what holds agents: {lack}"] if lack else [])),
    )


def _controls(settings: Settings) -> list[Control]:
    tries: tuple[tuple[str, Callable[[Settings], Control]], ...] = (
        ("HIPAA mode", _mode),
        ("encryption at rest", _encryption),
        ("access", _access),
        ("redaction", _redaction),
        ("contracts", _contracts),
        ("guardrails", _guardrails),
    )
    return [_tried(name, settings, trial) for name, trial in tries]


def _tried(name: str, settings: Settings, trial: Callable[[Settings], Control]) -> Control:
    try:
        return trial(settings)
    except (EngineError, OSError) as error:
        return Control(name=name, holds=False, seen=f"could not be tried: {error}")


def _mode(settings: Settings) -> Control:
    is_on = settings.hipaa.enabled
    return Control(name="HIPAA mode", holds=is_on, seen="on" if is_on else "[hipaa] is not enabled")


def _encryption(settings: Settings) -> Control:
    codec = secrecy_of(settings).codec
    gaps = ["texts are kept in plain"] if codec.is_plain else seal_gaps(codec)
    gaps += [f"{place} holds plain text" for place in plain_places(settings)]
    return _of_list("encryption at rest", gaps, "AES-256-GCM; a seal was made, opened and broken")


def _access(settings: Settings) -> Control:
    gaps = [f"{path} is open to others" for path in open_to_others(settings)]
    return _of_list("access", gaps, "all that is kept is its owner's alone")


def _redaction(settings: Settings) -> Control:
    gaps = redaction_gaps(redactor_of(settings))
    return _of_list("redaction", gaps, "every planted sample was taken out, whole and in pieces")


def _contracts(settings: Settings) -> Control:
    contracts = contracts_in_force(settings)
    free = [
        f"{role.value} has level L2"
        for role in AgentRole
        if contracts.for_role(role, settings.project).autonomy is AutonomyLevel.L2
    ]
    return _of_list("contracts", free, "no role has more than L1")


def _guardrails(settings: Settings) -> Control:
    contracts = contracts_in_force(settings)
    gaps = [
        gap
        for role in AgentRole
        for gap in guardrail_gaps(contracts.for_role(role, settings.project), Path(settings.repo))
    ]
    return _of_list("guardrails", gaps, "every harmful sample was asked about or denied")


def _of_list(name: str, gaps: Iterable[str], otherwise: str) -> Control:
    found = list(gaps)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    seen = "; ".join(found[:_SHOWN]) + more if found else otherwise
    return Control(name=name, holds=not found, seen=seen)


def _rule(decision: Decision) -> str:
    return decision.reason.partition(":")[0]


def _fired(decisions: Iterable[Decision]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for decision in decisions:
        if decision.kind is DecisionKind.GUARDRAIL:
            found.setdefault(_rule(decision), Counter())[decision.decision] += 1
    return {rule: dict(counts) for rule, counts in sorted(found.items())}


def _violations(
    decisions: Iterable[Decision], roles: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for decision in decisions:
        if decision.kind is DecisionKind.GUARDRAIL and decision.decision in STOPPED:
            role = roles.get(decision.task_id or "", "unknown")
            found.setdefault(role, Counter())[_rule(decision)] += 1
    return {role: dict(counts.most_common()) for role, counts in sorted(found.items())}


def _is_override(decision: Decision) -> bool:
    is_approval = decision.kind is DecisionKind.ESCALATION_ANSWER and decision.decision.startswith(
        "approve"
    )
    return decision.kind in _OVERRIDES or is_approval


def _override(decision: Decision) -> Override:
    return Override(
        at=decision.at,
        task_id=decision.task_id,
        kind=decision.kind.value,
        decision=decision.decision,
        what=decision.value,
        approver=decision.approver,
        reason=decision.reason,
    )
