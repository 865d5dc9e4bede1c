"""Finished verdicts, kept so that an unchanged tree is not checked twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from engine.domain.verdict import CheckOutcome, Verdict, VerdictKind
from engine.loop.verifying.case import Case
from engine.loop.verifying.kept import keep, keep_newest, read_kept
from engine.loop.verifying.seal import Seal

_KEPT = 500
_ENDED = frozenset({CheckOutcome.CLEAN, CheckOutcome.FINDINGS})


class Proofs:
    """One file per case in a folder, readable for the owner alone and without secrets."""

    def __init__(self, folder: Path, redact: Callable[[str], str], seal: Seal) -> None:
        self._folder = folder
        self._seal = seal
        self._redact = redact

    async def of(self, case: Case) -> Verdict | None:
        """The verdict that is kept for the case, dated; None if there is none.

        It names the commits of `case`: the kept one may stand for others with the same trees.
        """
        text = await asyncio.to_thread(read_kept, self._path(case), self._seal)
        if text is None:
            return None
        try:
            verdict = msgspec.json.decode(text, type=Verdict)
        except msgspec.MsgspecError:
            return None
        is_of_it = verdict.tree_hash == case.head_tree and verdict.proved_at is not None
        return _about(verdict, case) if is_of_it else None

    async def keep(self, case: Case, verdict: Verdict, *, at: datetime) -> None:
        """Keep a PASS or FAIL whose checks all ran to their end; others are not worth it."""
        is_finished = all(check.outcome in _ENDED for check in verdict.checks)
        if verdict.kind is VerdictKind.BLOCKED or not is_finished:
            return
        plain = _redacted(msgspec.to_builtins(replace(verdict, proved_at=at)), self._redact)
        text = msgspec.json.encode(plain).decode()
        await asyncio.to_thread(self._write, self._path(case), text)

    def _write(self, path: Path, text: str) -> None:
        keep(path, text, self._seal)
        keep_newest(self._folder, _KEPT)

    def _path(self, case: Case) -> Path:
        return self._folder / f"{case.key}.json"


def is_same_outcome(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts of one tree agree: answer, rules, and what each check found."""
    return _outcome(one) == _outcome(other)


def _outcome(verdict: Verdict) -> tuple[object, ...]:
    rules = frozenset(reason.rule for reason in verdict.reasons)
    checks = {check.name: (check.outcome, check.failures) for check in verdict.checks}
    return verdict.kind, rules - {"flaky"}, checks


def _about(verdict: Verdict, case: Case) -> Verdict:
    return replace(verdict, base_commit=case.question.base, head_commit=case.question.head)


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    match value:
        case str():
            return redact(value).encode("utf-8", "backslashreplace").decode()
        case dict():
            return {key: _redacted(inner, redact) for key, inner in value.items()}
        case list() | tuple():
            return [_redacted(inner, redact) for inner in value]
        case _:
            return value
