"""All rules about TypeScript, JavaScript and Node's tools, in the order in which they are told."""

from __future__ import annotations

from engine.ralph.ground import Rule
from engine.ralph.tamper.node_rules import (
    compilers_stay_strict,
    node_packages_keep_their_checks,
    node_tools_are_themselves,
    node_tools_keep_their_settings,
)
from engine.ralph.tamper.node_shadows import modules_are_not_shadowed
from engine.ralph.tamper.typescript_answers import script_answers_are_computed
from engine.ralph.tamper.typescript_data import script_test_data_stays
from engine.ralph.tamper.typescript_product import (
    product_scripts_know_no_tests,
    scripts_leave_the_runtime_alone,
)
from engine.ralph.tamper.typescript_rules import (
    new_script_tests_prove_something,
    script_tests_keep_their_meaning,
    scripts_can_be_read,
    scripts_mock_no_subject,
)
from engine.ralph.tamper.typescript_suppressions import (
    scripts_suppress_nothing_new,
    type_errors_are_not_cast_away,
)

SCRIPT_RULES: tuple[Rule, ...] = (
    scripts_can_be_read,
    script_tests_keep_their_meaning,
    new_script_tests_prove_something,
    scripts_mock_no_subject,
    script_test_data_stays,
    scripts_suppress_nothing_new,
    type_errors_are_not_cast_away,
    product_scripts_know_no_tests,
    scripts_leave_the_runtime_alone,
    script_answers_are_computed,
    modules_are_not_shadowed,
    node_packages_keep_their_checks,
    compilers_stay_strict,
    node_tools_keep_their_settings,
    node_tools_are_themselves,
)
