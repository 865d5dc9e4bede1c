"""The whole table, in the order of docs/ralph.md."""

from __future__ import annotations

from tests.cheats.case import Case
from tests.cheats.python_cheats import PYTHON_CHEATS
from tests.cheats.python_honest import PYTHON_HONEST
from tests.cheats.typescript_cheats import TYPESCRIPT_CHEATS
from tests.cheats.typescript_honest import TYPESCRIPT_HONEST

CASES: tuple[Case, ...] = (
    *PYTHON_CHEATS,
    *PYTHON_HONEST,
    *TYPESCRIPT_CHEATS,
    *TYPESCRIPT_HONEST,
)
