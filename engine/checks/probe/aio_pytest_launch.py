"""Starts pytest in this process and keeps an account of it.

What it has to know comes in one JSON object on standard input, so that neither the environment nor
the list of processes tells the code under test where the account is written and with which key:

- `log`, `key`: the file to append to, and the word that every line of it carries.
- `args`: arguments of pytest.
- `path`: folders to import from before any other; `variables`: for programs that tests start.
- `is_tree_first`: whether the tree may replace what pytest itself consists of.
- `plan`: see `aio_pytest_mark`.

It is read, and pytest imported, before any folder of the tree is on the path.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module
from typing import Any


def _prepare(order: dict[str, Any]) -> None:
    sys.path[1:1] = order["path"]
    os.environ.update(order["variables"])


def _imported() -> tuple[Any, Any, Any]:
    """Marker, recorder and `pytest.main`. What they consist of lives as long as the process: to
    look through it for garbage, again and again, took a third of a short run's time.
    """
    gc.disable()
    marker, records = import_module("aio_pytest_mark"), import_module("aio_pytest_record")
    run_pytest = import_module("pytest").main
    if hasattr(gc, "freeze"):  # other interpreters than CPython collect in another way
        gc.freeze()
    gc.enable()
    return marker, records, run_pytest


def _main() -> int:
    order = json.loads(sys.stdin.buffer.read())
    if order["is_tree_first"]:
        _prepare(order)
    marker, records, run_pytest = _imported()
    marker.plan.update(order["plan"])
    append = records.open_log(order["log"], order["key"])
    recorder = records.Recorder(append, marker.plan, marker.foreign_modules)
    if not order["is_tree_first"]:
        _prepare(order)
    sys.argv[:] = ["pytest", *order["args"]]
    arguments = order["args"]
    order = {}
    return int(run_pytest(arguments, plugins=[recorder]))


if __name__ == "__main__":
    sys.exit(_main())
