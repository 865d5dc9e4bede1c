"""What docs/ralph.md draws from code: the rules and the table of cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.ralph.tamper.catalogue import TAMPER_RULES
from tests.cheats.case import Case, Kind
from tests.cheats.table import CASES


def drawn() -> str:
    """The generated part of the page, as markdown."""
    return "\n".join([*_rules(), *_cheats(), *_honest()]) + "\n"


def _rules() -> Iterator[str]:
    yield "## The rules against tampering\n"
    for rule in TAMPER_RULES:
        sentence = " ".join((rule.__doc__ or "").split("\n\n")[0].split())
        yield f"- **{rule.__name__.replace('_', ' ')}**: {sentence}"
    yield ""


def _cheats() -> Iterator[str]:
    cases = [case for case in CASES if case.kind is Kind.CHEAT]
    yield f"## {len(cases)} cheats, none of which passes\n"
    yield "| | What is done | Rule that sees it |\n|---|---|---|"
    for case in _ordered(cases):
        yield f"| {case.base.language} | {_told(case)} | `{case.rule}` |"
    yield ""


def _honest() -> Iterator[str]:
    cases = [case for case in CASES if case.kind is Kind.HONEST]
    yield f"## {len(cases)} honest changes, all of which pass\n"
    yield "| | What is done |\n|---|---|"
    for case in _ordered(cases):
        yield f"| {case.base.language} | {_told(case)} |"


def _ordered(cases: Iterable[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: case.base.language)


def _told(case: Case) -> str:
    return case.name.replace("|", "\\|")
