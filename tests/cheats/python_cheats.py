"""Python changes that make the light green without making the work right."""

from __future__ import annotations

from tests.cheats.case import Case
from tests.cheats.python_cheats_in_disguise import DISGUISED_CHEATS
from tests.cheats.python_cheats_of_product import PRODUCT_CHEATS
from tests.cheats.python_cheats_of_runner import RUNNER_CHEATS
from tests.cheats.python_cheats_of_tests import TEST_CHEATS

PYTHON_CHEATS: tuple[Case, ...] = (*TEST_CHEATS, *RUNNER_CHEATS, *PRODUCT_CHEATS, *DISGUISED_CHEATS)
