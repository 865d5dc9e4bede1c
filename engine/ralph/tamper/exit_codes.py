"""Scripts that say all is well whatever happened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.objection import objection

_SCRIPT = re.compile(
    r".*\.(sh|bash|zsh|ya?ml|mk|cmd|bat|ps1|toml|ini|cfg|just)|(GNU)?makefile|justfile|jenkinsfile"
    r"|dockerfile.*|procfile|package\.json|noxfile\.py",
    re.IGNORECASE,
)
_SWALLOWS = re.compile(
    r"\|\|\s*(?:true|:|exit\s+0|echo\b)|;\s*(?:true|exit\s+0)\b|\bset\s+\+e\b|--exit-zero"
    r"|continue-on-error\s*:|allow_failure\s*:|ignore_outcome\s*=|ignore_errors\s*=|--no-error"
    r"|\bexit\s+0\b|--passWithNoTests|\bmake\s+-[ik]\b|\|\|\s*\(",
    re.IGNORECASE,
)
_RECIPE_THAT_MAY_FAIL = re.compile(r"\t[@+]*-")
_HOOK_FOLDERS = frozenset({".husky", ".githooks", ".git-hooks", "hooks", "bin", "scripts", "ci"})


def exit_codes_are_not_swallowed(evidence: Evidence) -> Iterator[Ground]:
    """No script begins to hide that a command in it failed."""
    for change in evidence.changes:
        if change.after is None or not _is_script(change.path, change.after):
            continue
        known = Counter(_lines(change.before))
        for number, line in enumerate(_lines(change.after), 1):
            if known[line] > 0:
                known[line] -= 1
            elif _hides_failure(change.path, line):
                yield objection(
                    "exit-code-swallowed", "a failure would go unnoticed", path=change.path,
                    line=number, excerpt=line,
                )  # fmt: skip


def _is_script(path: str, content: bytes) -> bool:
    parts = path.split("/")
    is_loose = "." not in parts[-1] and bool(_HOOK_FOLDERS.intersection(parts[:-1]))
    is_shell = content.startswith(b"#!") and b"sh" in content.partition(b"\n")[0]
    return bool(_SCRIPT.fullmatch(parts[-1])) or is_loose or is_shell


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines()


def _hides_failure(path: str, line: str) -> bool:
    if line.strip().startswith(("#", "//")):
        return False
    name = path.rsplit("/", 1)[-1].lower()
    is_recipe = name.endswith(("makefile", ".mk"))
    return bool(_SWALLOWS.search(line)) or (is_recipe and bool(_RECIPE_THAT_MAY_FAIL.match(line)))
