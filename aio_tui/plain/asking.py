"""What plain mode asks its operator, and what it says when a line cannot be obeyed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Asked:
    """What the operator is asked; the next line is the answer."""

    texts: Sequence[str]
    then: Callable[[str], None]
    may_be_empty: bool = False
    options: frozenset[str] = frozenset()
    """The answers there are; none: any line."""
    default: str = ""


class Asking:
    """The part of a desk that asks: the next line is the answer, unless words that stand behind
    the command are.

    Args:
        tell: tells lines now.
    """

    def __init__(self, tell: Callable[[Sequence[str]], None]) -> None:
        super().__init__()
        self._tell = tell
        self.asked: Asked | None = None
        self.words = ""
        """What stands behind the command that is run, as far as nothing has taken it yet."""
        self.refused = 0
        """Lines that were not obeyed, or not to their end."""

    def ask(
        self, question: str, then: Callable[[str], None], *, default: str = "", may_be_empty: bool
    ) -> None:
        self.asked = Asked(question.splitlines(), then, may_be_empty=may_be_empty, default=default)
        words, self.words = self.words, ""
        self._ask(words)

    def choose(
        self, question: str, options: Sequence[tuple[str, str]], then: Callable[[str], None]
    ) -> None:
        offered = [f"  {key}: {meaning}" for key, meaning in options]
        keys = frozenset(key for key, _ in options)
        self.asked = Asked([*question.splitlines(), *offered], then, options=keys)
        word, _, self.words = self.words.partition(" ")
        self._ask(word)

    def _ask(self, answer: str) -> None:
        asked = self.asked
        if answer and asked is not None and (not asked.options or answer in asked.options):
            self.answer(answer)
            return
        self.words = ""
        self._tell(self.question_texts())
        if answer:
            self.answer(answer)

    def question_texts(self) -> list[str]:
        """What is asked now, and how it is answered; empty: nothing is."""
        if self.asked is None:
            return []
        default = f", an empty line means {self.asked.default!r}" if self.asked.default else ""
        empty = ", which may be empty" if self.asked.may_be_empty and not default else ""
        how = (
            f"one of {', '.join(sorted(self.asked.options))}" if self.asked.options else "one line"
        )
        texts = [text for text in self.asked.texts if text.strip()]
        return [*texts, f"answer with {how}{empty}{default}, or 'back'"]

    def answer(self, text: str) -> None:
        """The operator's answer to what is asked."""
        asked, text = self.asked, text.strip()
        if asked is None:
            return
        if text.casefold() == "back":
            self.drop_question()
            return
        text = text or asked.default
        if asked.options and text not in asked.options:
            self.refuse(f"{text!r} is none of {', '.join(sorted(asked.options))}; or 'back'")
        elif not text and not asked.may_be_empty:
            self.refuse("say something, or 'back'")
        else:
            self.asked = None
            asked.then(text)

    def drop_question(self) -> None:
        """Ask no more."""
        self.asked = None
        self.say("nothing was done")

    def say(self, text: str) -> None:
        self._tell([text.replace("press '", "type '")])

    def refuse(self, text: str) -> None:
        """Say why a line was not obeyed."""
        self.refused += 1
        self.say(text)
