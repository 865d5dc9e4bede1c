"""The rules about Python, in the order in which they are told."""

from __future__ import annotations

from engine.ralph.ground import Rule
from engine.ralph.tamper.python_answers import answers_are_computed
from engine.ralph.tamper.python_coincidences import answers_are_not_scattered
from engine.ralph.tamper.python_comparisons import comparisons_mean_something
from engine.ralph.tamper.python_effects import conftest_stays, tests_leave_the_process_alone
from engine.ralph.tamper.python_new_tests import (
    new_python_tests_prove_something,
    the_subject_is_not_mocked,
)
from engine.ralph.tamper.python_product import product_does_not_know_of_tests
from engine.ralph.tamper.python_tests import (
    python_is_readable,
    python_tests_are_not_left_out,
    python_tests_demand_as_much,
    support_demands_as_much,
)
from engine.ralph.tamper.suppressions import no_suppression_is_added

PYTHON_RULES: tuple[Rule, ...] = (
    python_is_readable,
    python_tests_demand_as_much,
    support_demands_as_much,
    python_tests_are_not_left_out,
    new_python_tests_prove_something,
    the_subject_is_not_mocked,
    tests_leave_the_process_alone,
    conftest_stays,
    product_does_not_know_of_tests,
    comparisons_mean_something,
    answers_are_computed,
    answers_are_not_scattered,
    no_suppression_is_added,
)
