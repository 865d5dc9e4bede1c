"""What `make` would run: the recipes of its targets, with the variables the file itself sets.

A reading that errs on the wide side: every branch of a condition counts, every value of a
variable, and every `$(shell ...)` of the file. What make computes in another way is unknown to
the shell text that is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

NAMES = ("GNUmakefile", "makefile", "Makefile")
MAX_LINES = 300
MAX_VALUES = 6
_UNKNOWN = "${computed_by_make}"
_BELOW = "x"
"""Stands for names of files that the recipe makes or uses."""
_ASSIGNED = re.compile(
    r"(?:export\s+|override\s+)*([\w.-]+)\s*(\?=|\+=|::?:?=|!=|=)\s*(.*)", re.DOTALL
)
_RULE = re.compile(r"([^\t:=#][^:=]*?)\s*::?(?!=)([^=].*)?$", re.DOTALL)
_REFERENCE = re.compile(r"\$(?:\(([^()]*)\)|\{([^{}]*)\}|([@<^?*+%|\w]))")
_SHELL = re.compile(r"\$\(shell\s+((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
_AUTOMATIC = re.compile(r"[@<^?*+%|][DF]?")
_OF_NAMES = re.compile(
    r"(wildcard|patsubst|subst|addprefix|addsuffix|notdir|basename|suffix|filter(-out)?|sort|strip"
    r"|words?|wordlist|firstword|lastword|join|dir|foreach|info|warning)\s(?P<given>.*)",
    re.DOTALL,
)
_LEADS_OUT = re.compile(r"(^|[\s,(=])(/|~|\.\./)")
_BUILT_IN = {
    "CC": "cc", "CXX": "c++", "AR": "ar", "LD": "ld", "AS": "as", "CPP": "cc -E", "RM": "rm -f",
    "MAKE": "make", "CURDIR": ".", "PWD": ".", "SHELL": "sh", "FC": "gfortran", "MAKEFLAGS": "",
    "HOME": "$HOME", "USER": "$USER", "PATH": "$PATH",
}  # fmt: skip


@dataclass(slots=True)
class Makefile:
    """One file, read once."""

    values: dict[str, list[str]] = field(default_factory=dict)
    rules: list[tuple[tuple[str, ...], tuple[str, ...], list[str]]] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    shells: list[str] = field(default_factory=list)
    """Commands that make runs while it reads the file."""

    def add(self, other: Makefile) -> None:
        """Take in what another file says."""
        for name, values in other.values.items():
            self.values.setdefault(name, []).extend(values[:MAX_VALUES])
        self.rules += other.rules
        self.shells += other.shells

    def commands(self, targets: Iterable[str]) -> Iterator[str]:
        """Shell text of everything that making `targets` (none: the first one) may run."""
        yield from (self._plain(text) for text in self.shells)
        waiting, seen = [*targets], set[str]()
        if not waiting:
            waiting = self._first_target()
        while waiting:
            target = waiting.pop()
            if target in seen:
                continue
            seen.add(target)
            for names, needs, recipe in self.rules:
                if target in names or any("%" in n and _fits(target, n) for n in names):
                    waiting += [part for need in needs for part in self._plain(need).split()]
                    yield from (text for line in recipe for text in self._expanded(line))

    def _first_target(self) -> list[str]:
        named = self.values.get(".DEFAULT_GOAL", [])
        every = (name for names, _, _ in self.rules for name in names)
        return named or [next((n for n in every if n[0] != "." and "%" not in n), "")]

    def _plain(self, text: str) -> str:
        return next(iter(self._expanded(text)), "")

    def _expanded(self, text: str) -> list[str]:
        """`text` with its references replaced, once for each value they may have."""
        variants = [text.replace("$$", "\x1a")]
        for _ in range(8):
            if not any("$" in one and _REFERENCE.search(one) for one in variants):
                break
            variants = [new for one in variants for new in self._step(one)]
            if len(variants) > MAX_VALUES or sum(map(len, variants)) > 65_536:
                return [_UNKNOWN]
        return [one.replace("\x1a", "$") for one in variants]

    def _step(self, text: str) -> list[str]:
        found = _REFERENCE.search(text)
        if found is None:
            return [text]
        inner = found.group(1) or found.group(2) or found.group(3) or ""
        return [text[: found.start()] + value + text[found.end() :] for value in self._value(inner)]

    def _value(self, inner: str) -> list[str]:
        name = inner.partition(":")[0].strip()
        if _AUTOMATIC.fullmatch(inner):
            return [_BELOW]
        if name in self.values:
            return self.values[name]
        if name in _BUILT_IN:
            return [_BUILT_IN[name]]
        made = _OF_NAMES.fullmatch(inner)
        if made:
            return [_UNKNOWN if _LEADS_OUT.search(made["given"]) else _BELOW]
        if inner.startswith("shell "):
            return ["$(" + inner.removeprefix("shell ") + ")"]
        return [""] if re.fullmatch(r"[\w.-]+", inner) else [_UNKNOWN]


def read(text: str, given: Iterable[str] = ()) -> Makefile:
    """The file; `given` are settings of the command line such as `CC=clang`."""
    made = Makefile()
    is_defining = False
    recipe: list[str] | None = None
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("\t") and recipe is not None:
            recipe.append(line.strip().lstrip("@-+ "))
            continue
        bare = line.strip()
        is_defining = (is_defining or bare.startswith("define ")) and bare != "endef"
        if is_defining or not bare or bare.startswith("#"):
            made.shells += [found for found in _SHELL.findall(bare) if is_defining]
            continue
        made.shells += _SHELL.findall(bare)
        rule = _RULE.match(bare)
        assigned = _ASSIGNED.match(bare)
        if assigned:
            _assign(made, *assigned.groups())
        elif re.match(r"[-s]?include\s", bare):
            made.includes += bare.split()[1:]
        elif rule:
            recipe = _begin_rule(made, rule)
    for setting in given:
        name, _, value = setting.partition("=")
        made.values[name.rstrip(":?+")] = [value]
    return made


def _begin_rule(made: Makefile, rule: re.Match[str]) -> list[str]:
    needs, _, first = (rule.group(2) or "").partition(";")
    recipe = [first.strip()] if first.strip() else []
    made.rules.append(
        (tuple(rule.group(1).split()), tuple(needs.replace("|", " ").split()), recipe)
    )
    return recipe


def _assign(made: Makefile, name: str, operator: str, value: str) -> None:
    value = value.partition(" #")[0].strip()
    if operator == "!=":
        made.shells.append(value)
        value = _UNKNOWN
    known = made.values.setdefault(name, [])
    if operator == "+=" and known:
        known[:] = [f"{one} {value}" for one in known]
    elif len(known) < MAX_VALUES:
        known.append(value)
    else:
        known[:] = [_UNKNOWN]


def _fits(target: str, pattern: str) -> bool:
    head, _, tail = pattern.partition("%")
    return (
        len(target) >= len(head) + len(tail) and target.startswith(head) and target.endswith(tail)
    )
