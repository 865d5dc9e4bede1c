"""All rules against tampering, in the order in which they are told."""

from __future__ import annotations

from engine.ralph.ground import Rule
from engine.ralph.tamper.file_rules import FILE_RULES
from engine.ralph.tamper.python_rules import PYTHON_RULES
from engine.ralph.tamper.typescript_catalogue import SCRIPT_RULES

TAMPER_RULES: tuple[Rule, ...] = (*FILE_RULES, *PYTHON_RULES, *SCRIPT_RULES)
