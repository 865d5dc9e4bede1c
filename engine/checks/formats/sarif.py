"""SARIF 2.1.0, as static analysers write it.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

import msgspec

from engine.checks.decode import decoded
from engine.checks.findings import failures_of, identified
from engine.checks.tool import Place, Reading, UnreadableError
from engine.domain.verdict import CheckOutcome, Finding, FindingSeverity

_SEVERITIES = {
    "error": FindingSeverity.ERROR,
    "warning": FindingSeverity.WARNING,
    "note": FindingSeverity.NOTE,
    "none": FindingSeverity.NOTE,
}


class _Text(msgspec.Struct, frozen=True):
    text: str = ""
    id: str = ""


class _Region(msgspec.Struct, frozen=True, rename="camel"):
    start_line: int | None = None


class _Artifact(msgspec.Struct, frozen=True):
    uri: str = ""


class _Physical(msgspec.Struct, frozen=True, rename="camel"):
    artifact_location: _Artifact = _Artifact()
    region: _Region = _Region()


class _Location(msgspec.Struct, frozen=True, rename="camel"):
    physical_location: _Physical = _Physical()


class _RuleReference(msgspec.Struct, frozen=True):
    id: str = ""


class _Result(msgspec.Struct, frozen=True, rename="camel"):
    message: _Text
    rule_id: str = ""
    rule: _RuleReference = _RuleReference()
    level: str | None = None
    """None: the rule's own, or `warning`."""
    kind: str = "fail"
    locations: tuple[_Location, ...] = ()
    suppressions: tuple[msgspec.Raw, ...] = ()
    baseline_state: str = ""


class _Configuration(msgspec.Struct, frozen=True):
    level: str = "warning"


class _Rule(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    default_configuration: _Configuration = _Configuration()


class _Driver(msgspec.Struct, frozen=True):
    name: str
    rules: tuple[_Rule, ...] = ()


class _Tool(msgspec.Struct, frozen=True):
    driver: _Driver


class _Invocation(msgspec.Struct, frozen=True, rename="camel"):
    execution_successful: bool


class _Run(msgspec.Struct, frozen=True):
    tool: _Tool
    results: tuple[_Result, ...] | None = None
    invocations: tuple[_Invocation, ...] = ()


class _Log(msgspec.Struct, frozen=True):
    version: str
    runs: tuple[_Run, ...]


def read_sarif(place: Place, report: bytes, exit_code: int | None) -> Reading:
    """Findings of all runs; notes are no failures. Results that the tool itself marks as
    suppressed, absent or no failure are left out.

    Raises:
        UnreadableError: it is no whole SARIF log, or a tool in it did not come to its end.
    """
    log = decoded(report, _Log, what="the SARIF report")
    if not log.version.startswith("2.") or not log.runs:
        raise UnreadableError(f"the SARIF report has version {log.version!r} and no run to judge")
    for run in log.runs:
        _require_whole(run)
    findings = identified(found for run in log.runs for found in _findings(place, run))
    failures = failures_of(findings, least=FindingSeverity.WARNING)
    if exit_code and not failures:
        failures = (f"exit-{exit_code}",)
    return Reading(
        outcome=CheckOutcome.FINDINGS if failures else CheckOutcome.CLEAN,
        failures=failures,
        findings=findings,
    )


def _require_whole(run: _Run) -> None:
    name = run.tool.driver.name
    if not all(invocation.execution_successful for invocation in run.invocations):
        raise UnreadableError(f"{name} says in its report that it did not come to its end")
    if run.results is None:
        raise UnreadableError(f"the report of {name} holds no list of results")


def _findings(place: Place, run: _Run) -> Iterator[Finding]:
    levels = {rule.id: rule.default_configuration.level for rule in run.tool.driver.rules}
    for result in run.results or ():
        is_fault = result.kind in ("fail", "open", "review")
        if is_fault and not result.suppressions and result.baseline_state != "absent":
            yield _finding(place, run, result, levels)


def _finding(place: Place, run: _Run, result: _Result, levels: Mapping[str, str]) -> Finding:
    rule = result.rule_id or result.rule.id or run.tool.driver.name
    level = result.level or levels.get(rule, "warning")
    physical = result.locations[0].physical_location if result.locations else _Physical()
    return Finding(
        rule=rule,
        message=result.message.text or result.message.id or rule,
        path=_path(place, physical.artifact_location.uri),
        line=physical.region.start_line,
        severity=_SEVERITIES.get(level, FindingSeverity.ERROR),
    )


def _path(place: Place, uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    is_local = parts.scheme in ("", "file")
    return place.relative(unquote(parts.path)) if uri and is_local else uri
