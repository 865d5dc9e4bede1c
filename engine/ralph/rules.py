"""All rules of a verdict, in the order in which they are told. Each yields what it objects to; a
change that draws nothing has passed.
"""

from __future__ import annotations

from engine.ralph.check_rules import (
    checks_work,
    no_check_does_less,
    no_check_is_missing,
    something_changed,
    tests_ran,
)
from engine.ralph.effect_rules import effect_is_seen, quality_improved
from engine.ralph.ground import Rule
from engine.ralph.outcome_rules import (
    no_fewer_tests,
    no_test_vanished,
    nothing_new_is_red,
    targets_are_green,
    tests_stay_as_they_are,
)
from engine.ralph.tamper.catalogue import TAMPER_RULES

RULES: tuple[Rule, ...] = (
    checks_work,
    something_changed,
    no_check_is_missing,
    no_check_does_less,
    tests_ran,
    targets_are_green,
    nothing_new_is_red,
    no_test_vanished,
    no_fewer_tests,
    tests_stay_as_they_are,
    *TAMPER_RULES,
    quality_improved,
    effect_is_seen,
)
