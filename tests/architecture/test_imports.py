"""What really gets loaded, in fresh interpreters, as import-linter cannot see dynamic imports; and
that no file needs one that needs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from graphlib import TopologicalSorter

import grimp
import pytest

HEAVY = {"anthropic", "chromadb", "langfuse", "sqlite_utils", "pydantic", "numpy", "httpx"}


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    modules: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(modules)


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


@pytest.mark.slow
def test_no_file_is_part_of_a_ring() -> None:
    """Not even by an import that is late or for types only."""
    graph = grimp.build_graph("aio_tui", "engine", cache_dir=None)
    assert len(graph.modules) > 500
    needs = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the ring


@pytest.mark.slow
def test_the_engine_loads_no_screen_and_nothing_heavy() -> None:
    loaded = roots(loaded_by("import engine.app.engine, engine.app.setup"))
    assert loaded & ({"textual", "rich", "aio_tui"} | HEAVY) == set()


@pytest.mark.slow
def test_no_start_waits_for_the_judge_of_commands() -> None:
    """It loads with the first command that is judged."""
    assert not {"engine.governance.judge", "tree_sitter"} & loaded_by("import engine.app.engine")


@pytest.mark.slow
def test_the_cockpit_loads_nothing_heavy_before_its_first_frame() -> None:
    loaded = roots(loaded_by("import aio_tui.app"))
    assert loaded & HEAVY == set()


@pytest.mark.slow
def test_the_first_frame_does_not_wait_for_the_engine() -> None:
    loaded = loaded_by("import aio_tui.cli.main, aio_tui.cli.run, aio_tui.cli.cockpit, aio_tui.app")
    working = ("engine.app.engine", "engine.loop", "engine.store", "engine.workspace")
    assert [module for module in loaded if module.startswith(working)] == []


@pytest.mark.slow
def test_the_domain_does_no_input_or_output() -> None:
    modules = loaded_by(
        "import engine.domain.work, engine.domain.facts, engine.domain.orders, "
        "engine.domain.checkpoint, engine.domain.settings, engine.domain.run"
    )
    assert roots(modules) & {"sqlite3", "socket", "asyncio", "subprocess", "msgspec"} == set()


@pytest.mark.slow
def test_a_headless_command_loads_no_screen() -> None:
    loaded = roots(loaded_by("import aio_tui.cli.main, aio_tui.cli.run, aio_tui.cli.tasks"))
    assert "textual" not in loaded
