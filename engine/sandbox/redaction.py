"""Keeps the secrets of this process out of what is written down and shown to models."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
_SHORTEST = 8
"""Shorter values would blot out ordinary words."""


def redactor(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A function that replaces the values of secret-looking variables by their names.

    >>> redactor({"SHOP_TOKEN": "tok-12345678"})("it is tok-12345678!")
    'it is [redacted SHOP_TOKEN]!'
    """
    names = {
        value: name
        for name, value in environ.items()
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST
    }
    if not names:
        return lambda text: text
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(lambda found: f"[redacted {names[found[0]]}]", text)
