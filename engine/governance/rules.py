"""The rules by name: what each one guards, how bad a breach would be, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.domain.action import Outcome, Severity
from engine.domain.values import dataclass
from engine.governance.shell_values import DECODED, INSIDE, UNKNOWN

QUOTE_LIMIT = 80
_STAND_INS = {UNKNOWN: "<unknown>", INSIDE: "<name>", DECODED: "<decoded>"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of effect."""

    effect: str
    """What the action would do, in plain words."""
    severity: Severity
    outcome: Outcome = Outcome.ASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of one part of an action."""

    rule: str
    outcome: Outcome
    severity: Severity
    effect: str
    why: str
    confidence: float

    def told_of(self, place: str) -> Finding:
        """The same, with the file it was found in; told once, of the innermost one."""
        if self.outcome is Outcome.ALLOW or _IN in self.why:
            return self
        return replace(self, why=f"{self.why}{_IN}{quoted(place)}")


_IN = ", in "
LOW, MEDIUM, HIGH, CRITICAL = (
    Severity.LOW,
    Severity.MEDIUM,
    Severity.HIGH,
    Severity.CRITICAL,
)

RULES: Mapping[str, Rule] = {
    "read": Rule(effect="only looks", severity=LOW, outcome=Outcome.ALLOW),
    "write-inside": Rule(
        effect="changes files inside the worktree", severity=LOW, outcome=Outcome.ALLOW
    ),
    "project-code": Rule(
        effect="runs code or tools of the project", severity=LOW, outcome=Outcome.ALLOW
    ),
    "not-understood": Rule(effect="does something that cannot be foreseen", severity=MEDIUM),
    "unknown-program": Rule(effect="runs a program no rule knows", severity=MEDIUM),
    "inline-code": Rule(effect="runs code given as text", severity=HIGH),
    "run-outside": Rule(effect="runs code from outside the worktree", severity=HIGH),
    "read-secret": Rule(effect="reads secrets", severity=CRITICAL),
    "read-outside": Rule(effect="reads outside the worktree", severity=MEDIUM),
    "write-outside": Rule(effect="writes outside the worktree", severity=HIGH),
    "delete-outside": Rule(effect="deletes outside the worktree", severity=CRITICAL),
    "delete-worktree": Rule(effect="deletes the worktree or its history", severity=CRITICAL),
    "protected-path": Rule(effect="changes a protected path", severity=HIGH),
    "privilege": Rule(effect="changes privileges or owners", severity=CRITICAL),
    "persistence": Rule(effect="leaves something that runs later by itself", severity=CRITICAL),
    "network": Rule(effect="talks to the network", severity=HIGH),
    "git-push": Rule(effect="sends commits over the network", severity=HIGH),
    "git-history": Rule(effect="rewrites or drops history or uncommitted work", severity=HIGH),
    "git-config": Rule(effect="changes how git behaves", severity=HIGH),
    "package-install": Rule(effect="installs packages, which may run their scripts", severity=HIGH),
    "process-control": Rule(effect="stops or watches other processes", severity=HIGH),
    "publish": Rule(effect="publishes to others", severity=CRITICAL),
    "shell-environment": Rule(effect="changes how programs are found or loaded", severity=HIGH),
    "interactive": Rule(
        effect="opens a program that waits for keys and can start a shell", severity=MEDIUM
    ),
    "disk": Rule(effect="wipes or fills storage", severity=HIGH),
    "resource-abuse": Rule(effect="may exhaust the machine", severity=HIGH),
    "destroy-disk": Rule(
        effect="overwrites a disk or device", severity=CRITICAL, outcome=Outcome.DENY
    ),
    "delete-everything": Rule(
        effect="deletes the system or a home", severity=CRITICAL, outcome=Outcome.DENY
    ),
    "shutdown": Rule(effect="stops the machine", severity=CRITICAL, outcome=Outcome.DENY),
    "autonomy": Rule(effect="writes, which this autonomy level asks about", severity=LOW),
    "contract-allow": Rule(
        effect="does what the contract allows", severity=LOW, outcome=Outcome.ALLOW
    ),
    "contract-ask": Rule(effect="does what the contract asks about", severity=MEDIUM),
    "contract-unreadable": Rule(
        effect="cannot be judged: a contract cannot be read", severity=HIGH
    ),
    "contract-deny": Rule(
        effect="does what the contract forbids", severity=HIGH, outcome=Outcome.DENY
    ),
}


def quoted(part: str) -> str:
    """`part` for an operator's eye: printable, on one line, not long."""
    shown = "".join(_visible(char) for char in part[: QUOTE_LIMIT + 1])
    return f"'{shown[:QUOTE_LIMIT]}...'" if len(part) > QUOTE_LIMIT else f"'{shown}'"


def finding(rule: str, part: str, note: str = "", *, confidence: float = 0.9) -> Finding:
    """What `rule` says of `part`; `note` adds a reason to the rule's own words."""
    known = RULES[rule]
    why = f"{known.effect}: {quoted(part)}" + (f" ({note})" if note else "")
    return Finding(
        rule=rule,
        outcome=known.outcome,
        severity=known.severity,
        effect=known.effect,
        why=why,
        confidence=confidence,
    )


_OUTCOMES = (Outcome.ALLOW, Outcome.ASK, Outcome.DENY)
_SEVERITIES = tuple(Severity)


def gravity(one: Finding) -> tuple[int, int, float]:
    """Sort key: the most restrictive first when reversed, among equals the most severe,
    among allowed ones the least certain.
    """
    doubt = 1 - one.confidence if one.outcome is Outcome.ALLOW else one.confidence
    return _OUTCOMES.index(one.outcome), _SEVERITIES.index(one.severity), doubt


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    return _STAND_INS.get(char) or repr(char)[1:-1]
