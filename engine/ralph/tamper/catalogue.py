"""All rules against tampering, in the order in which they are told."""

from __future__ import annotations

from engine.ralph.ground import Rule
from engine.ralph.tamper.files import configuration_is_untouched, tests_are_untouched

TAMPER_RULES: tuple[Rule, ...] = (tests_are_untouched, configuration_is_untouched)
