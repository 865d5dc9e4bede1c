"""Before the first run."""

from __future__ import annotations

from typing import Any

from aio_tui.cli.grammar.leaves import always, group, leaf


def add_setup(commands: Any) -> None:
    """`init`, `doctor`, `config` and `keys`."""
    leaf(commands, "init", "setup:init", "write the configuration into .aibrain/")
    leaf(
        commands,
        "doctor",
        "setup:doctor",
        "check that everything a run needs is there",
        looks=always,
    )
    config = group(commands, "config", "the configuration in force")
    leaf(config, "show", "setup:config_show", "each value with its source", looks=always)
    leaf(
        commands,
        "keys",
        "keys:show",
        "the keys of the cockpit, as configured",
        json=False,
        looks=always,
    )
