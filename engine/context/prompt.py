"""Builds the turn. Each part has its share of the budget; what one leaves over goes to others."""

from __future__ import annotations

from collections.abc import Sequence

from engine.context.material import Memory, Prompt, TurnMaterial
from engine.context.roles import PERSONA, RULES, rule_about_tests
from engine.context.text import CHARS_PER_TOKEN, approx_tokens, clean, cut, inert, one_line
from engine.domain.errors import ConfigError
from engine.domain.values import dataclass

DEFAULT_BUDGET_TOKENS = 8_000
SMALLEST_BUDGET_TOKENS = 2_000
MEMORY_TOKENS = 780
_SYSTEM_SHARE = 0.4
_PATH_CHARS = 600
_SIGNAL_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    title: str
    body: str
    share: float
    """Part of the prompt that is kept free for it."""
    source: str = ""
    """Where untrusted text comes from; empty: the operator's or the engine's own words."""
    cap_chars: int | None = None

    @property
    def wanted_chars(self) -> int:
        size = len(self.body)
        return size if self.cap_chars is None else min(size, self.cap_chars)

    def render(self, limit_chars: int) -> str:
        text = cut(self.body, limit_chars)
        if self.source:
            text = f'<material source="{self.source}">\n{text}\n</material>'
        return f"## {self.title}\n{text}\n\n"

    @property
    def frame_chars(self) -> int:
        """What it costs beyond its body."""
        return len(self.render(0))


def build_prompt(material: TurnMaterial, budget_tokens: int = DEFAULT_BUDGET_TOKENS) -> Prompt:
    """System text and prompt that together stay within `budget_tokens` (4 characters each).

    Raises:
        ConfigError: the budget is below 2,000 tokens, too little for the rules alone.
    """
    if budget_tokens < SMALLEST_BUDGET_TOKENS:
        raise ConfigError(
            f"a context budget of {budget_tokens} tokens is too small",
            hint=f"use {SMALLEST_BUDGET_TOKENS} or more",
        )
    system = _system(material, int(budget_tokens * _SYSTEM_SHARE) * CHARS_PER_TOKEN)
    rest_chars = (budget_tokens - approx_tokens(system)) * CHARS_PER_TOKEN
    sections = [section for section in _sections(material) if section.body]
    limits = _divide(sections, rest_chars)
    texts = [section.render(limit) for section, limit in zip(sections, limits, strict=True)]
    memory = [text for section, text in zip(sections, texts, strict=True) if _is_memory(section)]
    return Prompt(
        system=system,
        prompt="".join(texts).rstrip("\n"),
        memory_tokens=sum(map(approx_tokens, memory)),
    )


def _system(material: TurnMaterial, limit_chars: int) -> str:
    rules = RULES.format(
        worktree=one_line(material.worktree, _PATH_CHARS),
        tests=rule_about_tests(material.item.type),
        signal=one_line(material.signal, _SIGNAL_CHARS),
        blocked_form=one_line(material.blocked_form, _SIGNAL_CHARS),
    )
    text = f"{PERSONA[material.item.role]}\n\n{rules}"
    heading = "\nYour contract:\n"
    room = limit_chars - len(text) - len(heading)
    contract = cut(clean(material.contract).strip(), room)
    return text + heading + contract if contract else text


def _sections(material: TurnMaterial) -> list[_Section]:
    """In the order the agent reads them."""
    item = material.item
    return [
        _Section(title="Task", share=0.3, body=_task(material)),
        _Section(title="Files it is about", share=0.05, body=_list(item.files, 300)),
        _Section(title="Tests that must be green", share=0.05, body=_list(item.tests, 300)),
        _Section(title="What the engine will run", share=0.03, body=_list(material.checks, 300)),
        _Section(
            title=_MEMORY,
            share=0.14,
            source="earlier iterations",
            body=_untrusted(_memory(material.memory)),
            cap_chars=MEMORY_TOKENS * CHARS_PER_TOKEN - 100,
        ),
        _Section(
            title="Lessons from other tasks",
            share=0.1,
            source="knowledge",
            body=_untrusted(
                "\n\n".join(f"{snippet.title}\n{snippet.text}" for snippet in material.knowledge)
            ),
        ),
        _Section(
            title="Why the last iteration was not enough",
            share=0.25,
            source="checks",
            body=_untrusted(material.evidence),
        ),
        _Section(title="Notes of the operator", share=0.08, body=_list(material.notes, 2_000)),
    ]


_MEMORY = "Memory"


def _is_memory(section: _Section) -> bool:
    return section.title == _MEMORY


def _task(material: TurnMaterial) -> str:
    item = material.item
    return (
        f"Task id: {item.task_id}\n"
        f"Kind: {item.type.value}\n"
        f"Iteration: {material.iteration} of at most {material.budget}\n\n"
        f"{clean(item.description).strip()}"
    )


def _list(lines: Sequence[str], limit_chars: int) -> str:
    return "\n".join(f"- {one_line(line, limit_chars)}" for line in lines if line.strip())


def _untrusted(text: str) -> str:
    return inert(clean(text).strip())


def _memory(memory: Memory) -> str:
    parts = {
        "Progress so far": memory.progress.strip(),
        "Next steps": _list(memory.next_steps, 160),
        "Open questions": _list(memory.open_questions, 160),
        "What you said last": memory.last_output.strip(),
    }
    return "\n".join(f"{title}:\n{body}" for title, body in parts.items() if body)


def _divide(sections: Sequence[_Section], total_chars: int) -> list[int]:
    """Characters for each body. First every section gets its share at most, then what is left
    over goes to those that want more, in order.
    """
    available = total_chars - sum(section.frame_chars for section in sections)
    limits = [min(section.wanted_chars, int(available * section.share)) for section in sections]
    left = available - sum(limits)
    for place, section in enumerate(sections):
        extra = min(section.wanted_chars - limits[place], left)
        limits[place] += extra
        left -= extra
    return limits
