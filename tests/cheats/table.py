"""The whole table, in the order of docs/ralph.md."""

from __future__ import annotations

from tests.cheats.case import Case, first_of_each_rule_runs
from tests.cheats.python_base import PYTHON
from tests.cheats.python_cheats import PYTHON_CHEATS
from tests.cheats.python_honest import PYTHON_HONEST
from tests.cheats.typescript_base import VITEST
from tests.cheats.typescript_cheats import TYPESCRIPT_CHEATS
from tests.cheats.typescript_honest import TYPESCRIPT_HONEST

CASES: tuple[Case, ...] = (
    *first_of_each_rule_runs(PYTHON_CHEATS, of=PYTHON),
    *PYTHON_HONEST,
    *first_of_each_rule_runs(TYPESCRIPT_CHEATS, of=VITEST),
    *TYPESCRIPT_HONEST,
)
