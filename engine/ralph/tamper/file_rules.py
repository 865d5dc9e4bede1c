"""The rules about files of any kind, in the order in which they are told."""

from __future__ import annotations

from engine.ralph.ground import Rule
from engine.ralph.tamper.configuration import configuration_is_as_strict
from engine.ralph.tamper.contents import (
    contents_can_be_judged,
    everything_is_in_scope,
    test_data_stays,
)
from engine.ralph.tamper.exit_codes import exit_codes_are_not_swallowed
from engine.ralph.tamper.files import configuration_is_untouched, tests_are_untouched
from engine.ralph.tamper.runner import the_runner_is_not_shadowed

FILE_RULES: tuple[Rule, ...] = (
    tests_are_untouched,
    configuration_is_untouched,
    configuration_is_as_strict,
    the_runner_is_not_shadowed,
    test_data_stays,
    exit_codes_are_not_swallowed,
    contents_can_be_judged,
    everything_is_in_scope,
)
