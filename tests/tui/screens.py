"""A face with something to see on every screen."""

from __future__ import annotations

from datetime import timedelta

from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from tests.support.face import NOW, FakeFace
from tests.support.scene import RUNNING, WAITING, busy_face


def decision(number: int, **changes: object) -> Decision:
    """The decision of this number, a minute after the one before."""
    values: dict[str, object] = {
        "at": NOW - timedelta(hours=2) + timedelta(minutes=number),
        "kind": DecisionKind.GUARDRAIL,
        "task_id": RUNNING,
        "repo": "demo",
        "decision": "ask",
        "value": f"pip install thing-{number}",
        "confidence": 1.0,
        "severity": Severity.MEDIUM,
        "approver": "engine",
        "reason": "the contract asks before packages are installed",
        "ref": f"esc-{number}",
    }
    return Decision(**{**values, **changes})  # type: ignore[arg-type]  # values by name


async def every_face() -> FakeFace:
    """The busy scene, with decisions."""
    face = busy_face()
    face.made_decisions = [
        decision(1),
        decision(
            2,
            kind=DecisionKind.ESCALATION_ANSWER,
            task_id=WAITING,
            decision="deny",
            value="rm -rf build",
            approver="kim",
            severity=Severity.HIGH,
            reason="not outside of the worktree",
        ),
        decision(3, kind=DecisionKind.RUN_CONTROL, task_id=None, decision="pause run", value="all"),
    ]
    return face
