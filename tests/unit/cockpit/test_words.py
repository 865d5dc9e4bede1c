"""No name of the code reaches an operator: states, orders, facts and the like have words."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from enum import StrEnum
from itertools import product
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest

import engine.domain
import engine.ports
from aio_tui.commands.base import Desk, TaskCommand
from aio_tui.commands.catalogue import key_of
from aio_tui.fact_words import told
from aio_tui.outcomes import name_of, named
from aio_tui.places import PLACES
from aio_tui.screens.directory import commands_at
from aio_tui.widgets.incidents import incident_lines
from aio_tui.widgets.queue_fields import QUEUE_FIELDS
from engine.domain.action import ActionKind
from engine.domain.decision import DecisionKind
from engine.domain.errors import IllegalTransitionError
from engine.domain.facts import FACT_TYPES, JournalEntry, OrderSettled, TaskMoved, UnknownFact
from engine.domain.orders import ApproveEscalation, DenyEscalation, Order, PauseRun
from engine.domain.state import TaskState, Trigger
from engine.domain.words import ACTIONS, DECISIONS, ORDERS, STATES, TRIGGERS, value_words
from engine.domain.work import MergeState
from tests.support.face import NOW
from tests.support.scene import RUNNING, busy_face

KINDS = tuple(order.kind for order in get_args(Order))


def names_of_the_code() -> frozenset[str]:
    """What nobody but a programmer would write: values of enums and kinds with an underscore."""
    names: set[str] = {*KINDS, *(fact.KIND for fact in FACT_TYPES)}
    for package in (engine.domain, engine.ports):
        for module in pkgutil.iter_modules(package.__path__):
            known = vars(importlib.import_module(f"{package.__name__}.{module.name}")).values()
            enums = [one for one in known if isinstance(one, type) and issubclass(one, StrEnum)]
            names.update(member.value for enum in enums for member in enum)
    return frozenset(name for name in names if "_" in name)


RAW = names_of_the_code()


def assert_words(text: str) -> None:
    assert text
    assert not [name for name in RAW if name in text]
    assert "_" not in text
    assert "=" not in text


def test_there_are_names_to_look_for() -> None:
    assert {"waiting_for_operator", "steer_task", "run_command", "BUDGET_CHANGE"} <= RAW


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (STATES, set(TaskState)),
        (TRIGGERS, set(Trigger)),
        (ORDERS, set(KINDS)),
        (DECISIONS, set(DecisionKind)),
        (ACTIONS, set(ActionKind)),
    ],
    ids=["states", "triggers", "orders", "decisions", "actions"],
)
def test_all_that_is_stored_has_words(words: Mapping[str, str], values: set[str]) -> None:
    assert set(words) == values
    for text in words.values():
        assert_words(text)
        assert text == text.lower()


def sample(kind: type[Any]) -> Any:
    """A fact of this kind, with a plain word or number in each field."""
    values = {
        field.name: 3 if field.type in ("int", "float") else "word"
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    }
    return kind(**values)


@pytest.mark.parametrize("kind", FACT_TYPES, ids=lambda kind: kind.KIND)
def test_every_fact_is_told_in_words(kind: type[Any]) -> None:
    fact = sample(kind)
    named = {field.name for field in fields(fact)}
    variants = [fact]
    if "order_kind" in named:
        variants += [replace(fact, order_kind=order) for order in KINDS]
    if isinstance(fact, TaskMoved):
        variants += [
            replace(fact, before=before, after=after, trigger=trigger)
            for before, after, trigger in product(TaskState, TaskState, Trigger)
        ]
    for variant in variants:
        assert_words(told(variant))


def test_a_fact_of_a_newer_version_is_told_without_its_fields() -> None:
    text = told(UnknownFact(kind="moon_landed", version=7, payload={"crater_id": 4}))
    assert text.startswith("moon landed: ")
    assert_words(text)


@pytest.mark.parametrize("status", ["applied", "refused"])
def test_a_task_s_own_screen_tells_its_orders_in_words(status: str) -> None:
    for kind in KINDS:
        fact = OrderSettled(order_id="o", order_kind=kind, status=status, outcome="told", by="kim")
        entry = JournalEntry(seq=1, at=NOW, task_id=RUNNING, project="demo", fact=fact)
        told = [line.text for line in incident_lines((entry,), 200)[2:]]
        if status == "applied":
            is_told_as_answer = kind in (ApproveEscalation.kind, DenyEscalation.kind)
            assert told == ([] if is_told_as_answer else [f"{NOW:%H:%M}  kim: told"])
        else:
            assert told == [f"{NOW:%H:%M}  kim: {ORDERS[kind]}: refused: told"]


def test_what_became_of_an_order_is_told_of_its_task() -> None:
    asked = busy_face().escalations
    answer = ApproveEscalation(escalation_id=asked[0].escalation_id)
    assert named([answer], asked) == "clean-cache: approve the action"
    assert named([answer], ()) == "esc-1: approve the action"
    assert named([PauseRun()], asked) == "pause all"


def test_an_order_is_named_in_words() -> None:
    for order in get_args(Order):
        assert name_of([order]) == ORDERS[order.kind]
        assert name_of([order, order]) == f"{ORDERS[order.kind]} (2)"


def test_why_a_key_does_nothing_is_told_in_words() -> None:
    item = busy_face().tasks[RUNNING]
    commands = {type(one): one for place in PLACES for one in commands_at(place.name)}.values()
    known = [one for one in commands if isinstance(one, TaskCommand)]
    desk = cast("Desk", SimpleNamespace(sign=key_of))
    assert len(known) > 10
    for state, merge_state in product(TaskState, (None, *MergeState)):
        changed = replace(item, state=state, merge_state=merge_state)
        for command in known:
            obstacle = command.obstacle_of(changed, desk)
            assert not obstacle or not [name for name in RAW if name in obstacle]


def test_why_the_state_table_refuses_is_told_in_words() -> None:
    for state, trigger in product(TaskState, Trigger):
        assert_words(str(IllegalTransitionError("fix", state, trigger)).split(";")[0])


def test_what_a_filter_offers_is_in_words() -> None:
    for field in QUEUE_FIELDS:
        for value in field.values:
            assert_words(value)


def test_the_action_of_an_entry_in_the_trail_is_told_in_words() -> None:
    assert value_words("run_command: git push --tags a:b") == "run: git push --tags a:b"
    assert value_words("42") == "42"
    assert value_words("iteration 2: FAIL on abc") == "iteration 2: FAIL on abc"
