"""What holds the programs that agents start, and those that they wrote."""

from __future__ import annotations

from enum import StrEnum

from engine.domain.values import dataclass


class Holder(StrEnum):
    """Who holds them."""

    BUBBLEWRAP = "bubblewrap"
    """Own namespaces: other files, processes and networks are not there."""
    LANDLOCK = "landlock"
    """The kernel refuses files and TCP; processes and sockets of the host can be seen."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Containment:
    """What was found by trying."""

    holder: Holder
    why: str = ""
    """One line for the operator: why it is no better; empty: it is the best there is."""

    @property
    def is_sandboxed(self) -> bool:
        """Whether a command can reach neither other files nor processes nor the network, so that a
        contract may be loose about it.
        """
        return self.holder is Holder.BUBBLEWRAP

    @property
    def warning(self) -> str:
        """What the operator has to see all the time; empty: nothing."""
        if self.is_sandboxed:
            return ""
        held = f"held by {self.holder} only" if self.holder is not Holder.NOTHING else "NO SANDBOX"
        return f"{held}: {self.why}"


UNCONFINED = Containment(holder=Holder.NOTHING, why="programs run with your own rights")
