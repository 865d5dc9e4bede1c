"""How a rule against tampering says where it saw what."""

from __future__ import annotations

from engine.domain.verdict import Reason
from engine.ralph.ground import Ground
from engine.ralph.wording import one_line

_EXCERPT_CHARS = 200


def objection(
    rule: str, message: str, *, path: str = "", line: int | None = None, excerpt: str = ""
) -> Ground:
    """A ground that the agent can remove by itself.

    Args:
        rule: name of the rule.
        message: one line that says what was seen, without the place.
        path: the file it is about, relative to the tree.
        line: from 1.
        excerpt: what stands there; cut, and without control characters.
    """
    place = f"{one_line(path)}:{line}: " if line else f"{one_line(path)}: " if path else ""
    return Ground(
        Reason(
            rule=rule,
            message=place + one_line(message),
            evidence=one_line(excerpt.strip())[:_EXCERPT_CHARS],
            path=path,
            line=line,
        )
    )
