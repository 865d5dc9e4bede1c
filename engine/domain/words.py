"""What states, orders and the like are called to an operator; the names in the code are ours alone.

Keyed by the values that are stored, so that facts of the journal can be told too. Imports nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

STATES: Mapping[str, str] = {
    "queued": "ready",
    "claimed": "starting",
    "running": "running",
    "waiting_for_operator": "asks you",
    "paused": "paused",
    "taken_over": "by hand",
    "verifying": "verifying",
    "passed": "verified",
    "merging": "merging",
    "completed": "done",
    "blocked": "blocked",
    "failed": "failed",
    "cancelled": "cancelled",
}
"""Of a task, as it stands in its row and wherever else it is named."""

MERGES: Mapping[str, str] = {
    "waiting": "to merge",
    "queued": "in line",
    "merged": "merged",
    "conflict": "conflict",
    "red": "red",
    "reverted": "reverted",
    "pull-request": "PR open",
}
"""Of a task that is completed, in place of its state: how far its branch has come."""

_SAID = {
    "ready": "in the queue",
    "asks you": "waiting for your answer",
    "by hand": "taken over by hand",
    "to merge": "verified and to merge",
    "conflict": "in conflict",
    "PR open": "verified, its PR open",
}
"""Where a row's word makes no sentence that begins with 'it is'."""

TRIGGERS: Mapping[str, str] = {
    "claim": "be taken by a worker",
    "start": "begin",
    "ask": "ask a question",
    "answer": "be answered",
    "unpark": "come back into the queue",
    "verify": "be verified",
    "pass": "pass",
    "again": "be tried once more",
    "block": "be blocked",
    "exhaust": "be given up",
    "complete": "be completed",
    "interrupt": "be interrupted",
    "pause": "be paused",
    "resume": "be resumed",
    "take": "be taken over",
    "hand_back": "be handed back",
    "cancel": "be cancelled",
    "retry": "be put back into the queue",
    "accept": "be accepted",
    "reject": "be rejected",
    "undo": "be put back as it was",
    "merge": "be merged",
    "land": "be merged",
    "revert": "be reverted",
    "discard": "be thrown away",
}
"""What moves a task: 'it cannot ...'."""

ORDERS: Mapping[str, str] = {
    "approve_escalation": "approve the action",
    "deny_escalation": "deny the action",
    "acknowledge_escalation": "mark the question as seen",
    "pause_task": "pause the task",
    "resume_task": "resume the task",
    "cancel_task": "cancel the task",
    "retry_task": "retry the task",
    "set_priority": "change the priority",
    "shift_priority": "raise or lower the priority",
    "steer_task": "leave a note",
    "message_task": "send a message",
    "set_money": "change the limit of money",
    "set_tokens": "change the limit of tokens",
    "set_agent": "change the agent",
    "grant_iterations": "change the iterations",
    "take_task": "take the task over",
    "hand_back_task": "hand the task back",
    "override_verdict": "override the verdict",
    "merge_task": "merge the task",
    "revert_merge": "revert the merge",
    "discard_work": "throw the work away",
    "pause_run": "pause all",
    "resume_run": "resume all",
    "stop_run": "stop the run",
    "halt_run": "halt all",
    "set_parallelism": "change how many work at once",
    "undo_order": "undo",
    "branch_task": "branch a task",
}
"""What an operator can order, by its kind."""

DECISIONS: Mapping[str, str] = {
    "ROUTING": "routing",
    "APPROACH": "approach",
    "GUARDRAIL": "guardrail",
    "ESCALATION_ANSWER": "answer",
    "GUARDRAIL_OVERRIDE": "override of a rule",
    "VERDICT_OVERRIDE": "override of a verdict",
    "BUDGET_CHANGE": "budget",
    "PRIORITY_CHANGE": "priority",
    "RUN_CONTROL": "run control",
    "STEERING": "steering",
    "MERGE": "merge",
    "MERGE_REVERT": "revert of a merge",
    "POISON": "set aside",
    "VERDICT": "verdict",
    "RETRY": "retry",
    "STOP": "stop",
    "CONTRACT_CHANGE": "contract",
    "SANDBOX": "sandbox",
    "HOOK": "hook",
    "LOG": "log",
}
"""Kinds of entries in the audit trail."""

ACTIONS: Mapping[str, str] = {
    "run_command": "run",
    "read_file": "read",
    "write_file": "write",
}
"""What an agent wants to do."""


def state_word(state: str, merge: str | None = None) -> str:
    """The one word for where a task stands, such as `asks you`; of one that is completed for how
    far its branch has come, if it has work to `merge`. Of a state that this version does not know,
    its name.
    """
    if state == "completed" and merge:
        return _told(MERGES, merge)
    return _told(STATES, state)


def state_words(state: str, merge: str | None = None) -> str:
    """The same behind 'it is', such as `waiting for your answer`."""
    word = state_word(state, merge)
    return _SAID.get(word, word)


def trigger_words(trigger: str) -> str:
    """Such as `be paused`."""
    return _told(TRIGGERS, trigger)


def order_words(kind: str) -> str:
    """Such as `leave a note`."""
    return _told(ORDERS, kind)


def decision_words(kind: str) -> str:
    """Such as `override of a rule`."""
    return _told(DECISIONS, kind)


def decided_words(decision: str) -> str:
    """What an entry of the audit trail says was decided: an order by its name for operators."""
    return ORDERS.get(decision, decision)


def value_words(value: str) -> str:
    """What it was decided of; an action by its name for operators."""
    kind, colon, target = value.partition(": ")
    return f"{ACTIONS[kind]}: {target}" if colon and kind in ACTIONS else value


def _told(words: Mapping[str, str], name: str) -> str:
    return words.get(name) or name.replace("_", " ").lower()
