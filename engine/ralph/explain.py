"""A verdict in words, for the agent's next iteration and for humans."""

from __future__ import annotations

from engine.domain.verdict import Reason, Verdict

_CUT = "\n[...]\n"


def evidence_text(verdict: Verdict, limit_chars: int) -> str:
    """What was found and why it is not enough; never longer than `limit_chars`.

    Every reason's one line comes first; the room that is left is shared among their evidence.
    """
    lines = [f"Verdict {verdict.kind.value}"]
    lines += [f"- {reason.rule}: {reason.message}" for reason in verdict.reasons]
    if verdict.next_step:
        lines.append(f"A human is to: {verdict.next_step}")
    text = "\n".join(lines)
    shown = _distinct([reason for reason in verdict.reasons if reason.evidence])
    for number, reason in enumerate(shown):
        heading = f"\n\nEvidence for {reason.rule}:\n"
        share = (limit_chars - len(text)) // (len(shown) - number) - len(heading)
        if share < len(_CUT):
            break
        text += heading + _shorten(reason.evidence, share)
    return _shorten(text, limit_chars)


def _distinct(reasons: list[Reason]) -> list[Reason]:
    """Two reasons of one check often rest on the same output: show it once."""
    return list({reason.evidence: reason for reason in reversed(reasons)}.values())[::-1]


def _shorten(text: str, limit_chars: int) -> str:
    """Keep a third from the beginning and the rest from the end, where programs say what failed."""
    if len(text) <= limit_chars:
        return text
    room = limit_chars - len(_CUT)
    if room <= 0:
        return text[: max(limit_chars, 0)]
    head = room // 3
    return text[:head] + _CUT + text[len(text) - (room - head) :]
