"""Every fact of the journal as a line, also those of which a watched run tells nothing."""

from __future__ import annotations

from aio_tui.cli.story import words_of
from aio_tui.ways import by_key
from engine.domain.facts import (
    EscalationAcknowledged,
    EscalationTold,
    Fact,
    MergeMoved,
    MergeStarted,
    MessageDelivered,
    NewsTold,
    OrderGiven,
    OrderSettled,
    TaskAdded,
    TaskChanged,
    TaskMoved,
    UnknownFact,
)
from engine.domain.orders import OrderStatus
from engine.domain.steps import with_next
from engine.domain.words import order_words, state_word


def moved_words(fact: TaskMoved | MergeMoved) -> str:
    """From where to where, such as `in line → merging`."""
    if isinstance(fact, MergeMoved):
        ends = (fact.state, fact.before), (fact.state, fact.after)
    else:
        ends = (fact.before, fact.before_merge), (fact.after, fact.after_merge)
    return " → ".join(state_word(*end) for end in ends)


def told(fact: Fact) -> str:
    """In the words of operators; of a fact that is known to newer versions only, its kind."""
    return words_of(fact, by_key) or _told_of_task(fact)


def _told_of_task(fact: Fact) -> str:
    match fact:
        case TaskAdded(priority=priority):
            return f"added to the queue with priority {priority}"
        case TaskMoved(after=after, after_merge=merge, reason=reason):
            word = state_word(after, merge)
            return f"{word}: {reason}" if reason else word
        case MergeMoved(state=state, after=merge):
            return state_word(state, merge)
        case TaskChanged(what=what, value=value):
            return f"{what.replace('_', ' ')}: {value}"
        case EscalationAcknowledged(escalation_id=escalation_id, by=by):
            return f"{escalation_id} seen by {by}"
        case EscalationTold(escalation_id=escalation_id, times=times):
            return f"{escalation_id}: notice {times} sent"
        case NewsTold(headline=headline):
            return f"notice sent: {headline}"
        case MessageDelivered(text=text):
            return f"the agent got your message: {text}"
        case MergeStarted(base_branch=base_branch):
            return f"proved once more, on top of {base_branch}"
        case _:
            return _told_of_order(fact)


def _told_of_order(fact: Fact) -> str:
    match fact:
        case OrderGiven(order_kind=kind, by=by):
            return f"{by} orders: {order_words(kind)}"
        case OrderSettled(next_step=step, order_kind=kind, status=status, outcome=outcome, by=by):
            outcome = with_next(outcome, step, by_key)
            if status == OrderStatus.APPLIED.value:
                return f"{by}: {outcome}"
            return f"{by}: {order_words(kind)}: {status}, {outcome}"
        case UnknownFact(kind=kind):
            return f"{kind.replace('_', ' ')}: a newer version of aio-tui can say more"
        case _:
            return fact.KIND.replace("_", " ")
