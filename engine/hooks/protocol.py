"""What goes to a hook and what comes back: one JSON document each way.

Source: docs/hooks.md, protocol version 1.
"""

from __future__ import annotations

import json
from pathlib import Path

from engine.domain.values import dataclass
from engine.ports.hooks import HookCall
from engine.ports.process import ProcessResult

VERSION = 1
DENIED = 2
"""The exit code that denies with the reason on standard error."""
_SHOWN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a hook said."""

    is_denial: bool = False
    is_broken: bool = False
    text: str = ""
    """The reason of a denial, what is wrong with it, or a remark; one line."""


def document_for(call: HookCall, repo: Path) -> bytes:
    """The standard input of a hook."""
    content = {
        "version": VERSION,
        "point": call.point.value,
        "project": call.project,
        "repo": str(repo),
        "task_id": call.task_id,
        "role": call.role,
        "iteration": call.iteration,
        "worktree": None if call.worktree is None else str(call.worktree),
        **call.details,
    }
    return json.dumps(content, default=str).encode() + b"\n"


def answer_of(ended: ProcessResult, timeout_s: float) -> Answer:
    """How a hook that ended is understood; whatever is not understood is broken."""
    if ended.is_timeout:
        return Answer(is_broken=True, text=f"it did not answer within {timeout_s:g} s")
    if ended.exit_code == DENIED:
        return Answer(is_denial=True, text=_reason_in(ended))
    if ended.exit_code != 0:
        said = _line(ended.stderr) or _line(ended.stdout)
        code = ended.exit_code or 0
        how = f"it was killed by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        return Answer(is_broken=True, text=f"{how}: {said}" if said else how)
    if not ended.stdout.lstrip().startswith(b"{"):
        return Answer(text=_line(ended.stdout))
    return _in_document(ended)


def _in_document(ended: ProcessResult) -> Answer:
    try:
        said = json.loads(ended.stdout)
    except (ValueError, RecursionError):
        return Answer(is_broken=True, text="its standard output begins with '{' and is no JSON")
    decision, reason = said.get("decision", "allow"), said.get("reason", "")
    if decision not in ("allow", "deny") or not isinstance(reason, str):
        seen = repr(decision)[:80]
        return Answer(
            is_broken=True,
            text=f'its "decision" is {seen}; it is to be "allow" or "deny", its "reason" a text',
        )
    text = _one_line(reason)
    if decision == "deny":
        return Answer(is_denial=True, text=text or "it gave no reason")
    return Answer(text=text)


def _reason_in(ended: ProcessResult) -> str:
    if ended.stdout.lstrip().startswith(b"{"):
        try:
            reason = json.loads(ended.stdout).get("reason")
        except (ValueError, RecursionError):
            reason = None
        if isinstance(reason, str) and reason.strip():
            return _one_line(reason)
    return _line(ended.stderr) or _line(ended.stdout) or "it gave no reason"


def _line(raw: bytes) -> str:
    return _one_line(raw.decode("utf-8", "replace"))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."
