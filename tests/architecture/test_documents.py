"""Documents that are made from code are as the code is."""

from __future__ import annotations

import os
from pathlib import Path

from aio_tui.plain.telling import help_chapters
from aio_tui.plain.words import PLAIN, help_of, usage_of
from engine.domain.state import TRANSITIONS
from engine.governance.contract_docs import schema_page
from engine.governance.contract_schema import KEYS, LIMIT_KEYS, ContractTable, LimitsTable
from engine.governance.entries import MEANINGS, EntryType
from tests.cheats.page import drawn

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- states: drawn from engine/domain/state.py by `make docs` -->\n"
END = "<!-- end of states -->"
RALPH = ROOT / "docs" / "ralph.md"
TABLE_BEGIN = (
    "<!-- rules and table: drawn from engine/ralph/tamper and tests/cheats by `make docs` -->\n"
)
CONTRACTS = ROOT / "docs" / "contracts.md"
SCHEMA_BEGIN = "<!-- schema: drawn from engine/governance by `make docs` -->\n"
SCHEMA_END = "<!-- end of the schema -->"
TABLE_END = "<!-- end of the table -->"
PLAIN_PAGE = ROOT / "docs" / "plain.md"
PLAIN_BEGIN = "<!-- commands: drawn from aio_tui/plain by `make docs` -->\n"
PLAIN_END = "<!-- end of the commands -->"


def diagram() -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, trigger), after in TRANSITIONS.items():
        arrows.setdefault((before.value, after.value), []).append(trigger.value)
    lines = [f"  {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", "  [*] --> queued", *lines, "```", ""])


def test_the_state_diagram_is_drawn_from_the_state_table() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    drawn = f"{head}{BEGIN}{diagram()}{END}{tail}"
    if os.environ.get("AIO_TUI_UPDATE_DOCS"):
        ARCHITECTURE.write_text(drawn, encoding="utf-8")
    assert ARCHITECTURE.read_text(encoding="utf-8") == drawn


def test_the_table_of_cheats_is_drawn_from_the_cases() -> None:
    text = RALPH.read_text(encoding="utf-8")
    head, _, rest = text.partition(TABLE_BEGIN)
    _, _, tail = rest.partition(TABLE_END)
    whole = f"{head}{TABLE_BEGIN}\n{drawn()}\n{TABLE_END}{tail}"
    if os.environ.get("AIO_TUI_UPDATE_DOCS"):
        RALPH.write_text(whole, encoding="utf-8")
    assert RALPH.read_text(encoding="utf-8") == whole


def test_the_schema_of_contracts_is_drawn_from_the_schema() -> None:
    text = CONTRACTS.read_text(encoding="utf-8")
    head, _, rest = text.partition(SCHEMA_BEGIN)
    _, _, tail = rest.partition(SCHEMA_END)
    whole = f"{head}{SCHEMA_BEGIN}\n{schema_page()}\n{SCHEMA_END}{tail}"
    if os.environ.get("AIO_TUI_UPDATE_DOCS"):
        CONTRACTS.write_text(whole, encoding="utf-8")
    assert CONTRACTS.read_text(encoding="utf-8") == whole
    assert set(KEYS) == set(ContractTable.__struct_fields__)
    assert set(LIMIT_KEYS) == set(LimitsTable.__struct_fields__)
    assert set(MEANINGS) == set(EntryType)


def plain_commands() -> str:
    parts: list[str] = []
    for title, commands in help_chapters(PLAIN):
        rows = [f"| `{usage_of(each)}` | {help_of(each)} |" for each in commands]
        parts.append("\n".join((f"### {title}\n", "| Type | What it does |\n|---|---|", *rows, "")))
    return "\n".join(parts)


def test_the_commands_of_plain_mode_are_drawn_from_its_help() -> None:
    text = PLAIN_PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(PLAIN_BEGIN)
    _, _, tail = rest.partition(PLAIN_END)
    whole = f"{head}{PLAIN_BEGIN}\n{plain_commands()}\n{PLAIN_END}{tail}"
    if os.environ.get("AIO_TUI_UPDATE_DOCS"):
        PLAIN_PAGE.write_text(whole, encoding="utf-8")
    assert PLAIN_PAGE.read_text(encoding="utf-8") == whole


def test_every_decision_record_states_how_it_is_held() -> None:
    for record in (ROOT / "docs" / "adr").glob("*.md"):
        assert "**Held by**" in record.read_text(encoding="utf-8"), record.name


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = project.split("dependencies = [", 1)[1].split("]", 1)[0]
    names = [line.strip().strip('",').split(">=")[0] for line in block.splitlines() if ">=" in line]
    assert len(names) > 5
    assert [name for name in names if name not in reasons] == []
