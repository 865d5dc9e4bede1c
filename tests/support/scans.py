"""What checks could have said, and what a scan makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.discovery.groups import group
from engine.discovery.priority import Scale, Surroundings
from engine.discovery.reconcile import Plan, Scanned, carry_out, plan
from engine.discovery.sighting import ScannedCheck, Sighting, sightings_of
from engine.domain.ids import TaskId
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckOutcome, CheckReport, CheckResult, Finding
from engine.ports.store import Store, Transaction

COMMIT = "c" * 40


def finding(path: str, line: int = 1, *, rule: str = "F401", **fields: Any) -> Finding:
    """What ruff could have found; its message tells it from others in the file."""
    message = fields.pop("message", f"something about {path} {chr(96 + line)}")
    return Finding(rule=rule, path=path, line=line, message=message, **fields)


def red(test: str) -> Finding:
    """A test that fails."""
    path = test.partition("::")[0]
    return Finding(rule="test-red", message=f"{test} fails", path=path, id=test)


def check(
    *findings: Finding,
    name: str = "ruff",
    kind: str = "",
    folder: str = "",
    outcome: CheckOutcome = CheckOutcome.FINDINGS,
    failures: tuple[str, ...] = (),
    runs_tests: bool = False,
) -> ScannedCheck:
    """One check that found this; findings with an id are failures, as real checks have them."""
    named = tuple(one.id for one in findings if one.id and one.id not in failures)
    ended = CheckResult(
        name=name,
        command=(name,),
        outcome=outcome,
        exit_code=1,
        duration_s=0.1,
        failures=(*failures, *named),
    )
    return ScannedCheck(
        settings=CheckSettings(name=name, kind=kind or name, folder=folder),
        runs_tests=runs_tests,
        report=CheckReport(result=ended, findings=findings),
    )


def seen(*findings: Finding, **fields: Any) -> list[Sighting]:
    """The sightings of one check."""
    return sightings_of([check(*findings, **fields)])


def scanned(
    found: Collection[Sighting],
    *,
    known: Collection[str] = (),
    whole: Collection[str] = ("ruff", "pytest"),
    landed: Mapping[str, bool] | None = None,
    at_most: int | None = None,
) -> Scanned:
    """A scan that found this, `known` being in the baseline."""
    return Scanned(
        project="shop",
        commit=COMMIT,
        groups=group(found),
        wanted=frozenset(one.id for one in found if one.id not in known),
        whole_checks=frozenset(whole),
        landed={TaskId(name): is_in for name, is_in in (landed or {}).items()},
        scale=Scale(Surroundings()),
        at_most=at_most,
    )


async def reconcile(store: Store, scan: Scanned) -> Plan:
    """Bring the queue up to date; what changed."""

    def write(tx: Transaction) -> Plan:
        made = plan(tx, scan)
        carry_out(tx, made)
        return made

    return await store.write(write)


def added(made: Plan) -> list[str]:
    """Ids of the new tasks."""
    return [one.task.task_id for one in made.added]
