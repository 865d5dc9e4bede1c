"""An action judged as in a task's worktree, where only the operator's checkout is at hand.

The rules read the checkout in the place of a worktree that is not there. Whoever names the checkout
by its whole path means a place outside of that worktree, and is understood so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.domain.action import Action, Ruling

_NAME = r"(?![\w.-])"
_BEFORE = r"(?<![\w./-])"


def judged_elsewhere(
    judge: Callable[[Action], Ruling], checkout: Path
) -> Callable[[Action], Ruling]:
    """`judge`, which takes `checkout` for the worktree, with the checkout's own path outside."""
    outside = _outside(checkout)
    pattern = re.compile(_BEFORE + _any_of(checkout) + _NAME)

    def judge_elsewhere(action: Action) -> Ruling:
        target = pattern.sub(lambda _: outside, action.target)
        ruling = judge(replace(action, target=target))
        return replace(ruling, why=ruling.why.replace(outside, str(checkout)))

    return judge_elsewhere


def seen_from_inside(target: str, worktree: Path) -> str:
    """What an agent wanted to do, with the whole path of its own worktree told from there."""
    return re.sub(_BEFORE + _any_of(worktree) + _NAME, ".", target)


def _any_of(folder: Path) -> str:
    """The folder as it is named, and with links followed."""
    names = sorted({str(folder), str(folder.resolve())}, key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, names))})"


def _outside(checkout: Path) -> str:
    """A path that is to the rules what the checkout is to a worktree: outside, and no scratch space
    even where the repository lies in a temporary folder.
    """
    is_temporary = re.match(r"/(var/)?tmp/|/dev/shm/", str(checkout.resolve()))
    folder = Path("/mnt") if is_temporary else checkout.resolve().parent
    return str(folder / f"{checkout.name}.checkout")
