"""Credentials in files: by the shape that their issuers give them, or by name and randomness."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from engine.discovery.source.files import SourceFile
from engine.discovery.source.remark import Remark

_SHAPES: Mapping[str, str] = {
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{36,}\b|\bgithub_pat_\w{60,}\b",
    "GitLab token": r"\bglpat-[\w-]{20,}",
    "Slack token": r"\bxox[abeprs]-[0-9A-Za-z-]{20,}",
    "Stripe live key": r"\b[rs]k_live_[0-9A-Za-z]{20,}\b",
    "Google API key": r"\bAIza[\w-]{35}(?![\w-])",
    "Anthropic key": r"\bsk-ant-[\w-]{24,}",
    "OpenAI key": r"\bsk-(?:proj|svcacct)-[\w-]{24,}|\bsk-[0-9A-Za-z]{48}\b",
    "npm token": r"\bnpm_[0-9A-Za-z]{36}\b",
    "PyPI token": r"\bpypi-AgEI[\w-]{50,}",
    "SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])",
    "Hugging Face token": r"\bhf_[A-Za-z]{34}\b",
}
_ISSUED = re.compile(
    "|".join(f"(?P<k{number}>{shape})" for number, shape in enumerate(_SHAPES.values()))
)
_SIGNS = (
    *("AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox"),
    *("k_live_", "AIza", "sk-", "npm_", "pypi-", "SG.", "hf_"),
)
_NAMES = (
    *("passwd", "password", "secret", "token", "apikey", "api_key", "api-key"),
    *("accesskey", "access_key", "access-key"),
)
"""Without one of these in a file, no pattern needs to be tried; ten times as fast."""
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z]{2,7} )?PRIVATE KEY-----(?:\\r|\\n|[\s\"'+])*[0-9A-Za-z+/]{40}"
)
_ASSIGNED = re.compile(
    r"(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key)[\w-]{0,40}[\"']?\s{0,8}"
    r"(?::\s{0,8}\w{1,40}\s{0,8})?[:=]{1,2}\s{0,8}"
    r"(?P<quote>[\"'])(?P<value>[0-9A-Za-z+/=_.~-]{20,200})(?P=quote)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|placeholder|change[-_]?me|your|xxxx|1234567|fake", re.IGNORECASE
)
_ISSUED_BITS, _ASSIGNED_BITS = 3.0, 4.0
"""Bits per character below which a value was written by a human."""


def secret_remarks(file: SourceFile) -> Iterator[Remark]:
    """One remark for each credential. Values that somebody made up for a test or for documentation
    are none: they lack randomness, or say so.
    """
    yield from _of_keys(file)
    taken = set[int]()
    for line, what in _issued(file):
        taken.add(line)
        yield Remark("secret", line, f"{_with_article(what)}; remove it here and revoke it")
    if not file.is_test:
        for line in _assigned(file):
            if line not in taken:
                yield Remark("secret", line, "a random value in the name of a credential")


def _of_keys(file: SourceFile) -> Iterator[Remark]:
    if "PRIVATE KEY-----" in file.text:
        for found in _PRIVATE_KEY.finditer(file.text):
            line = file.line_at(found.start())
            yield Remark("secret", line, "a private key; remove it here and replace it")


def _issued(file: SourceFile) -> Iterator[tuple[int, str]]:
    if not any(sign in file.text for sign in _SIGNS):
        return
    kinds = tuple(_SHAPES)
    for found in _ISSUED.finditer(file.text):
        if _is_random(found[0], _ISSUED_BITS) and found.lastgroup is not None:
            yield file.line_at(found.start()), kinds[int(found.lastgroup[1:])]


def _assigned(file: SourceFile) -> Iterator[int]:
    lowered = file.text.lower()
    if not any(name in lowered for name in _NAMES):
        return
    for found in _ASSIGNED.finditer(file.text):
        value = found["value"]
        has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
        if has_both and _is_random(value, _ASSIGNED_BITS):
            yield file.line_at(found.start())


def _is_random(value: str, least_bits: float) -> bool:
    return not _PLACEHOLDER.search(value) and entropy(value) >= least_bits


def entropy(text: str) -> float:
    """Bits per character, by how often each one occurs.

    >>> entropy("abab")
    1.0
    """
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())


def _with_article(what: str) -> str:
    return f"{'an' if what[0] in 'AO' or what.startswith('npm') else 'a'} {what}"
