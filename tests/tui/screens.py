"""A face with something to see on every screen."""

from __future__ import annotations

from datetime import timedelta

from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.ports.search import SearchGroup, SearchHit, SearchPart
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
    face.found = search_parts()
    return face


def search_parts() -> list[SearchPart]:
    """What every search finds in this scene: something of each group."""
    return [
        SearchPart(
            group=SearchGroup.TASKS,
            hits=(
                SearchHit(
                    group=SearchGroup.TASKS,
                    where="fix-gcd, running",
                    excerpt="gcd of zero and n must be n",
                    task_id=RUNNING,
                    at="2026-01-05T21:56:00+00:00",
                ),
            ),
            is_over=True,
        ),
        SearchPart(
            group=SearchGroup.DECISIONS,
            hits=(
                SearchHit(
                    group=SearchGroup.DECISIONS,
                    where="fix-gcd, GUARDRAIL",
                    excerpt="ask: pip install thing-1 the contract asks before",
                    task_id=RUNNING,
                    at="2026-01-05T20:01:00+00:00",
                    ref="ask: pip install thing-1\nthe contract asks before packages are installed",
                ),
            ),
            is_over=True,
        ),
        SearchPart(
            group=SearchGroup.KNOWLEDGE,
            hits=(
                SearchHit(
                    group=SearchGroup.KNOWLEDGE,
                    where="gcd(0, n) is n (approved)",
                    excerpt="gcd of zero and any number is that number",
                    at="2026-01-03T09:00:00+00:00",
                    ref="approved/KO-zero-args.md",
                ),
            ),
            is_over=True,
        ),
        SearchPart(
            group=SearchGroup.TRANSCRIPTS,
            hits=(
                SearchHit(
                    group=SearchGroup.TRANSCRIPTS,
                    where="fix-gcd, iteration 2, text",
                    excerpt="…the loop ends before gcd looks at zero, so I return n at once…",
                    task_id=RUNNING,
                    iteration=2,
                    at="2026-01-05T21:40:12Z",
                    more=4,
                ),
            ),
            is_over=True,
            note="stopped after 10 s: not all files were looked through",
        ),
    ]
