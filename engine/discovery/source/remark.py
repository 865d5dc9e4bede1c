"""What a rule says about a line."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.values import dataclass
from engine.domain.verdict import FindingSeverity

NAME = "source"
"""Of the check that these rules make up."""

SAME_AS: Mapping[str, frozenset[str]] = {
    "eval": frozenset({"S307", "PGH001", "no-eval"}),
    "exec": frozenset({"S102"}),
    "shell": frozenset({"S602", "S604", "S605"}),
    "unsafe-yaml": frozenset({"S506"}),
    "unsafe-pickle": frozenset({"S301"}),
    "debugger": frozenset({"no-debugger"}),
    "focused-test": frozenset({"vitest/no-focused-tests", "jest/no-focused-tests"}),
}
"""What other tools call the same thing; where one of them speaks or is waived, our rule is silent.
"""


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding in one file."""

    rule: str
    line: int
    message: str
    """Never holds text of the file: it may be a secret, or an instruction to somebody."""
    severity: FindingSeverity = FindingSeverity.ERROR
