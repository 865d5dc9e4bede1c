"""Personal data, and the key that state is sealed with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aio_tui.cli.grammar.leaves import always, group, leaf, without_option


def add_hipaa(commands: Any) -> None:
    """`compliance` and `state`."""
    compliance = group(commands, "compliance", "whether personal data is safe here")
    report = leaf(
        compliance,
        "report",
        "compliance:report",
        "try every control, and tell",
        looks=without_option("out"),
    )
    report.add_argument("--out", type=Path, metavar="FILE", help="write it there")

    state = group(commands, "state", "the key that state is sealed with, and what is sealed")
    new_key = leaf(state, "new-key", "state:new_key", "make a key file, outside of repositories")
    new_key.add_argument("file", type=Path, metavar="FILE")
    rekey = leaf(state, "rekey", "state:rekey", "let another key open the state from now on")
    rekey.add_argument("key_file", type=Path, metavar="NEW_KEY_FILE")
    leaf(state, "seal", "state:seal", "seal what was written before [hipaa] was enabled")
    reveal = leaf(
        state, "reveal", "state:reveal", "print a sealed file as it reads", json=False, looks=always
    )
    reveal.add_argument("file", type=Path, metavar="FILE")
