"""The schema of contracts as markdown, for docs/contracts.md."""

from __future__ import annotations

from collections.abc import Mapping

from engine.governance.contract_builtin import built_in_bases, default_contract_files, hipaa_text
from engine.governance.contract_schema import KEYS, LIMIT_KEYS
from engine.governance.entries import MEANINGS, OWN_RULES
from engine.governance.rules import RULES


def schema_page() -> str:
    """Every key, type of entry, rule and built-in contract."""
    rules = {name: rule.effect for name, rule in RULES.items() if name not in OWN_RULES}
    first_file = next(iter(default_contract_files().values()))
    parts = (
        _table("Keys", "Key", KEYS),
        _table("Limits", "Key", LIMIT_KEYS),
        _table("Types of entries", "Type", {kind.value: text for kind, text in MEANINGS.items()}),
        _table("Rules", "Rule", rules),
        "## Built-in contracts\n",
        f"To extend by name: {', '.join(f'`{name}`' for name in built_in_bases())}. `hipaa` is:\n",
        f"```yaml\n{hipaa_text()}```\n",
        f"What `aio-tui init` writes:\n\n```yaml\n{first_file}```\n",
    )
    return "\n".join(parts)


def _table(title: str, first: str, rows: Mapping[str, str]) -> str:
    lines = [f"| `{name}` | {meaning} |" for name, meaning in rows.items()]
    return "\n".join((f"## {title}\n", f"| {first} | Meaning |", "|---|---|", *lines, ""))
