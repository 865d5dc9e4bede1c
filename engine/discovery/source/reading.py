"""One pass over a tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field
from pathlib import Path

from engine.discovery.source import python, script
from engine.discovery.source.conflict import conflict_remarks
from engine.discovery.source.files import SourceFile, read_files
from engine.discovery.source.linking import Links
from engine.discovery.source.remark import Remark
from engine.discovery.source.secrets import secret_remarks
from engine.domain.values import dataclass
from engine.domain.verdict import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReading:
    """What the source says about itself."""

    findings: tuple[Finding, ...] = ()
    """Sorted by path and line."""
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Files of the tree that a file of the tree imports, by its path; files that import none are
    absent.
    """


def read_source(tree: Path) -> SourceReading:
    """Read every source file in `tree` once."""
    findings, links = list[Finding](), Links()
    for file in read_files(tree):
        links.add_file(file)
        findings += _findings(file, _remarks(file, links))
    findings.sort(key=lambda found: (found.path, found.line or 0, found.rule))
    return SourceReading(findings=tuple(findings), imports=links.resolved())


def _remarks(file: SourceFile, links: Links) -> list[Remark]:
    remarks = [*conflict_remarks(file), *secret_remarks(file)]
    if file.suffix == ".py":
        tree = python.parse(file)
        if tree is not None:
            links.add_python(file.path, python.imports_of(tree))
            remarks += python.call_remarks(file, tree)
    elif file.suffix in script.SUFFIXES:
        links.add_script(file.path, script.imports_of(file))
        remarks += script.leftover_remarks(file)
    return sorted(remarks, key=lambda remark: remark.line)


def _findings(file: SourceFile, remarks: Iterable[Remark]) -> Iterable[Finding]:
    seen: Counter[str] = Counter()
    for remark in remarks:
        plain = f"{file.path}:{remark.rule}:{remark.message}"
        seen[plain] += 1
        yield Finding(
            rule=remark.rule,
            message=remark.message,
            path=file.path,
            line=remark.line,
            severity=remark.severity,
            id=plain if seen[plain] == 1 else f"{plain}#{seen[plain]}",
        )
