"""From when on something is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from engine.domain.errors import InputError

_AGO = re.compile(r"(\d{1,6})([mhd])")
_UNIT_S = {"m": 60, "h": 3600, "d": 86400}


def since_of(told: str | None, now: datetime) -> datetime | None:
    """When the period begins; None: at the beginning of everything, or of the last run.

    Raises:
        InputError: it is no time.
    """
    if told in (None, "all"):
        return None
    ago = _AGO.fullmatch(told)
    try:
        if ago is not None:
            return now - timedelta(seconds=int(ago[1]) * _UNIT_S[ago[2]])
        named = datetime.fromisoformat(told)
    except (ValueError, OverflowError):
        raise InputError(
            f"--since {told!r} is no time",
            hint="use 8h, 30m, 2d, a time such as 2026-01-05T22:00, or all",
        ) from None
    return (named if named.tzinfo else named.astimezone()).astimezone(UTC)
