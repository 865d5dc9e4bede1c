"""Findings of all checks in one form, each with an id that outlives the next edit of its file."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.discovery.source.remark import NAME, SAME_AS
from engine.domain.settings import CheckSettings
from engine.domain.values import dataclass
from engine.domain.verdict import CheckReport, Finding

_LONGEST_ID = 300
_NUMBER = re.compile(r"\d+")
_PLAIN_ID = re.compile(
    r"(?P<path>[^:]{1,500}):(?P<rule>[A-Za-z][\w./-]{0,60}):(?P<message>.+)", re.DOTALL
)
_UNCOLLECTED = "::collection"
_RED, _BROKEN, _NOT_COLLECTED = "test-red", "test-broken", "collection-error"
_ABOUT_FILES = frozenset({_NOT_COLLECTED, "collection"})
"""Rules of test runners that speak of a whole file of tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedCheck:
    """A check as the scan ran it."""

    settings: CheckSettings
    runs_tests: bool
    report: CheckReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One finding of one check."""

    id: str
    """Stable: without line numbers; begins with the check's name and a space."""
    check: str
    kind: str
    """The check's kind, such as `ruff`."""
    finding: Finding
    package: str = ""
    """Folder of the package that it belongs to, in a repository of several; else empty."""
    is_test: bool = False
    """It tells how a test ended, or that some could not begin."""

    @property
    def path(self) -> str:
        """The file to work on: for a test, the one that holds it, wherever it went wrong; empty:
        none in particular.
        """
        if self.is_test and "::" in self.finding.id:
            return self.finding.id.partition("::")[0]
        return self.finding.path

    @property
    def target(self) -> str:
        """The test that has to be green, or the file of tests; empty if there is none."""
        if not self.is_test or self.finding.rule == _BROKEN:
            return ""
        return self.path if self.finding.rule in _ABOUT_FILES else self.finding.id


def sightings_of(scanned: Sequence[ScannedCheck]) -> list[Sighting]:
    """Everything that the checks found, in their order. What a check names without telling its
    place is taken from its id.
    """
    packages = sorted({one.settings.folder for one in scanned if one.settings.folder}, reverse=True)
    found: list[Sighting] = []
    for one in scanned:
        seen: Counter[str] = Counter()
        for finding in _findings(one):
            plain = _id_of(one.settings.name, finding)
            seen[plain] += 1
            found.append(
                Sighting(
                    id=plain if seen[plain] == 1 else f"{plain}#{seen[plain]}",
                    check=one.settings.name,
                    kind=one.settings.kind,
                    finding=finding,
                    package=_package(finding.path, packages),
                    is_test=_is_about_tests(one, finding),
                )
            )
    return _said_once(found)


def _said_once(found: list[Sighting]) -> list[Sighting]:
    """Without what our own rules say about a line that another check objects to as well."""
    told = {(one.finding.path, one.finding.line, one.finding.rule) for one in found}
    return [
        one
        for one in found
        if one.kind != NAME
        or not any(
            (one.finding.path, one.finding.line, rule) in told
            for rule in SAME_AS.get(one.finding.rule, ())
        )
    ]


def _findings(one: ScannedCheck) -> Iterator[Finding]:
    """What the check objects to. A remark that is no failure makes no work: nothing could prove
    that it was done.
    """
    failures = frozenset(one.report.result.failures)
    told = {finding.id for finding in one.report.findings}
    for finding in one.report.findings:
        if not finding.id or finding.id in failures:
            yield finding
    for failure in one.report.result.failures:
        if failure not in told:
            yield _test_finding(failure) if one.runs_tests else _plain_finding(failure)


def _test_finding(failure: str) -> Finding:
    path, separator, _ = failure.partition("::")
    if not separator:
        return Finding(rule=_BROKEN, message="the test run fails as a whole", id=failure)
    if failure.endswith(_UNCOLLECTED):
        message = "its tests cannot be collected"
        return Finding(rule=_NOT_COLLECTED, message=message, path=path, id=failure)
    return Finding(rule=_RED, message="it fails", path=path, id=failure)


def _plain_finding(failure: str) -> Finding:
    found = _PLAIN_ID.fullmatch(failure)
    if found is None:
        return Finding(rule="failed", message=failure, id=failure)
    return Finding(rule=found["rule"], message=found["message"], path=found["path"], id=failure)


def _id_of(check: str, finding: Finding) -> str:
    own = finding.id or f"{finding.path}:{finding.rule}:{_NUMBER.sub('N', finding.message)}"
    whole = storable(f"{check} {own}")
    if len(whole) <= _LONGEST_ID:
        return whole
    return f"{whole[: _LONGEST_ID - 17]}~{hashlib.sha256(whole.encode()).hexdigest()[:16]}"


def check_of(sighting_id: str) -> str:
    """The name of the check, which has no space in it."""
    return sighting_id.partition(" ")[0]


def storable(text: str) -> str:
    """`text` in a form that UTF-8 can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _package(path: str, packages: Sequence[str]) -> str:
    """The innermost of `packages` (longest first) that holds `path`."""
    holding = (folder for folder in packages if path.startswith(f"{folder}/"))
    return max(holding, key=len, default="")


def _is_about_tests(one: ScannedCheck, finding: Finding) -> bool:
    is_named_so = finding.rule.startswith("test-") or finding.rule in _ABOUT_FILES
    return one.runs_tests or is_named_so
