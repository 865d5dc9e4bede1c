"""Honest Python changes."""

from __future__ import annotations

from tests.cheats.case import Case
from tests.cheats.python_base import honest

PYTHON_HONEST: tuple[Case, ...] = (honest("the defect is mended"),)
