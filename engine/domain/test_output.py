"""The parts of a test runner's output: what pytest says of each test that is red."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_HEADING = re.compile(r"^_{2,} (?:ERROR (?:at \w+ of|collecting) )?(\S.*?) _{2,}$")
"""How pytest begins what it says of one test."""
_IN_SUMMARY = ("FAILED ", "ERROR ")


def name_in_output(test: str) -> str:
    """What the heading of its part calls a test.

    >>> name_in_output("tests/test_a.py::TestIt::test_one")
    'TestIt.test_one'
    """
    path, _, name = test.partition("::")
    return path if name in ("", "collection") else name.replace("::", ".")


def parts(output: str) -> Iterator[tuple[str, str]]:
    """Its parts in order, each with the name of the test that it is about; empty: about none."""
    about, lines = "", list[str]()
    for line in output.splitlines():
        heading = _HEADING.match(line)
        if heading or (about and line.startswith("=")):
            if lines:
                yield about, "\n".join(lines)
            about, lines = heading[1] if heading else "", []
        lines.append(line)
    if lines:
        yield about, "\n".join(lines)


def without_known(output: str, known: Collection[str], fresh: Collection[str]) -> str:
    """The output without what it says of failures that are `known`; what may as well be said of
    `fresh` ones stays.
    """
    hidden = set(map(name_in_output, known)) - set(map(name_in_output, fresh))
    kept = [text for about, text in parts(output) if about not in hidden]
    told = {test.removesuffix("::collection") for test in known}
    lines = "\n".join(kept).split("\n")
    return "\n".join(line for line in lines if _named_in_summary(line) not in told)


def _named_in_summary(line: str) -> str:
    """The test that a line of pytest's summary names; empty: it is none."""
    for word in _IN_SUMMARY:
        if line.startswith(word):
            return line.removeprefix(word).partition(" - ")[0].strip()
    return ""
