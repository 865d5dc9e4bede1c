"""What all tiers share: how hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_ON_A_BUSY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("search", _ON_A_BUSY_MACHINE)
settings.register_profile("repeatable", _ON_A_BUSY_MACHINE, derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "search")
