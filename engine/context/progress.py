"""What of an iteration is worth remembering: a few hundred tokens instead of its transcript."""

from __future__ import annotations

from engine.context.text import clean, one_line
from engine.domain.values import dataclass
from engine.domain.verdict import Verdict, VerdictKind

PROGRESS_CHARS = 1_000
LAST_OUTPUT_CHARS = 700
_LINE_CHARS = 160
_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFields:
    """Fields of the session state that an iteration sets."""

    progress: str
    """One line per iteration, the newest last; the oldest are left out."""
    last_output: str
    """The end of what the agent said, where it sums up."""
    next_steps: tuple[str, ...]
    open_questions: tuple[str, ...]
    verdict: str
    """The verdict and its first reason, in one line."""


def summarise_progress(
    previous: str,
    *,
    iteration: int,
    text: str,
    verdict: Verdict,
    agent_blocked: str | None = None,
) -> SessionFields:
    """The memory after an iteration.

    Args:
        previous: `progress` as the iteration before left it; may be empty.
        iteration: number of the iteration that ended.
        text: what the agent said last.
        verdict: what the engine found.
        agent_blocked: why the agent says that only a human can go on.
    """
    outcome = one_line(_outcome(verdict), _LINE_CHARS)
    line = f"Iteration {iteration} ({len(verdict.changed_files)} files changed): {outcome}"
    return SessionFields(
        progress=_append(previous, line, iteration),
        last_output=_ending(text),
        next_steps=_next_steps(verdict),
        open_questions=(one_line(agent_blocked, _LINE_CHARS),) if agent_blocked else (),
        verdict=outcome,
    )


def _outcome(verdict: Verdict) -> str:
    if not verdict.reasons:
        return verdict.kind.value
    first, *others = verdict.reasons
    more = f" (and {len(others)} more)" if others else ""
    return f"{verdict.kind.value} {first.rule}{more}: {first.message}"


def _append(previous: str, line: str, iteration: int) -> str:
    """Keep as many of the newest lines as there is room for, and say how many there were."""
    kept = [line]
    room = PROGRESS_CHARS - len(line) - _LINE_CHARS
    for older in reversed(previous.splitlines()):
        room -= len(older) + 1
        if room < 0 or not older.startswith("Iteration "):
            break
        kept.insert(0, older)
    left_out = iteration - len(kept)
    if left_out > 0:
        kept.insert(0, f"({left_out} earlier iterations left out)")
    return "\n".join(kept)


def _ending(text: str) -> str:
    said = clean(text).strip()
    return said if len(said) <= LAST_OUTPUT_CHARS else "..." + said[-LAST_OUTPUT_CHARS + 3 :]


def _next_steps(verdict: Verdict) -> tuple[str, ...]:
    match verdict.kind:
        case VerdictKind.PASS:
            return ()
        case VerdictKind.BLOCKED:
            return (one_line(f"a human is to: {verdict.next_step}", _LINE_CHARS),)
        case VerdictKind.FAIL:
            steps = (f"{reason.rule}: {reason.message}" for reason in verdict.reasons[:_STEPS])
            return tuple(one_line(step, _LINE_CHARS) for step in steps)
