"""One task, iteration by iteration: what was sent, said, done, judged and left behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from textual.events import Resize
from textual.reactive import var
from textual.widget import Widget

from aio_tui.bridge import STALE
from aio_tui.commands.catalogue import STORY
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.reader import text_lines
from aio_tui.ways import by_key
from aio_tui.whole_transcript import whole_transcript
from aio_tui.widgets.call_lines import call_lines, prompt_lines
from aio_tui.widgets.covered import Covered
from aio_tui.widgets.evidence import verdict_lines
from aio_tui.widgets.line import Line, Link, Piece, line, linked, signed
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.records import knowledge_lines
from aio_tui.widgets.rows import LineBar, LineView
from aio_tui.widgets.transcript_view import TranscriptView
from aio_tui.wording import READING, VERDICT_SIGNS, Tone, amount, cost, duration, waited_words
from engine.domain.checkpoint import Checkpoint
from engine.domain.errors import EngineError, UnknownTaskError
from engine.domain.ids import TaskId
from engine.domain.transcript import TranscriptEntry
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace, TaskView

OUTPUT, PROMPT, TOOLS, VERDICT, KNOWLEDGE, SESSION = range(1, 7)
_PARTS = ("Output", "Prompt", "Tools", "Verdict", "Knowledge", "Session")
_SHORT = ("Out", "Prompt", "Tools", "Verdict", "Know", "Session")
_ROOMY = 70


class Story(NamedTuple):
    """What is read: one iteration of a task."""

    view: TaskView
    iteration: int
    """0: none has begun."""
    newest: int
    entries: tuple[TranscriptEntry, ...] = ()
    session: str = ""


class TaskScreen(FrameScreen):
    """Left and right turn the iterations, digits the parts. Implements `StoryDesk`."""

    PLACE = "task"
    READS = "the task"
    OWN_COMMANDS = STORY
    AUTO_FOCUS = "#story-output"

    part: var[int] = var(OUTPUT, init=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._story: Story | None = None
        self._is_read = False
        self._chosen: int | None = None
        """The iteration that was turned to; None: the newest."""

    def compose_body(self) -> Iterator[Widget]:
        with Covered(id="story"):
            yield LineBar(id="iterations")
            yield LineBar(id="parts")
            yield TranscriptView(id="story-output")
            yield PaneView(id="story-part")

    async def read(self, face: EngineFace) -> object:
        task_id, chosen = self.subject, self._chosen
        if task_id is None:
            return None
        try:
            view = await face.task_view(task_id)
        except UnknownTaskError:
            return None
        newest = view.live_iteration or view.item.iteration_count
        story = await _read_story(face, view, min(chosen or newest, newest), newest)
        return story if (task_id, chosen) == (self.subject, self._chosen) else STALE

    def show(self, read: object) -> None:
        self._is_read = True
        self._show_story(read if isinstance(read, Story) else None)

    def _show_story(self, story: Story | None) -> None:
        old, self._story = self._story, story
        self._show_output(old, self._story)
        self._draw_bars()
        self._draw_part(from_top=_place(old) != _place(self._story))

    def _show_output(self, old: Story | None, new: Story | None) -> None:
        output = self.query_one(TranscriptView)
        before = old.entries if old else ()
        after = new.entries if new else ()
        if _place(old) == _place(new) and after[: len(before)] == before:
            if len(after) > len(before):
                output.append(after[len(before) :])
            return
        output.start_over(after)
        if new is not None and new.iteration != new.view.live_iteration:
            output.scroll_to(y=0, animate=False)

    def _draw_bars(self) -> None:
        self.query_one("#iterations", LineBar).set_lines(self._iteration_lines())
        names = _PARTS if self.size.width >= _ROOMY else _SHORT
        pieces: list[Link] = []
        for number, name in enumerate(names, start=1):
            is_here = number == self.part
            words = f"[{number} {name}]" if is_here else f" {number} {name} "
            tone = Tone.STRONG if is_here else Tone.MUTED
            pieces.append(Link(words, tone, f"part_{_PARTS[number - 1].lower()}"))
        self.query_one("#parts", LineBar).set_lines([linked(*pieces)])

    def _iteration_lines(self) -> list[Line]:
        """Where one is and what came of it; what was decided on a line of its own if need be."""
        story = self._story
        if story is None:
            return [line((self._missing, Tone.MUTED))]
        if not story.iteration:
            return [line(("no iteration has begun", Tone.MUTED))]
        pieces: list[Piece] = [
            ("[ " if story.iteration > 1 else "  ", Tone.KEY),
            (f"iteration {story.iteration} of {story.newest}", Tone.STRONG),
            (" ]" if story.iteration < story.newest else "  ", Tone.KEY),
        ]
        points = [
            each for each in story.view.checkpoints if each.iteration_count == story.iteration
        ]
        if story.iteration == story.view.live_iteration:
            pieces.append(("  ▶ live", Tone.BUSY))
        if not points:
            return [line(*pieces)]
        point, decided = points[-1], (points[-1].decision, Tone.MUTED)
        pieces.extend(
            (
                "  ",
                signed(VERDICT_SIGNS[point.verdict.kind]),
                f" · {duration(point.duration_s)}{_waited(story.view, point)} · {cost(point.usage)}"
                f" · {amount(point.usage.tokens)} tokens · {point.agent}",
            )
        )
        whole = line(*pieces, " · ", decided)
        if whole.cells <= self.size.width - 2:
            return [whole]
        return [line(*pieces), line("  ", decided)]

    @property
    def _missing(self) -> str:
        """Why no iteration is shown, if only because it is being read."""
        if self.subject is None:
            return "no task is selected: T on a task's row leads here"
        return f"there is no task {self.subject} any more" if self._is_read else READING

    def _draw_part(self, *, from_top: bool = False) -> None:
        is_output = self.part == OUTPUT
        self.query_one(TranscriptView).display = is_output
        pane = self.query_one("#story-part", PaneView)
        pane.display = not is_output
        if not is_output:
            pane.show(self._part_lines, from_top=from_top)

    def _part_lines(self, width: int) -> list[Line]:
        story = self._story
        if story is None or not story.iteration:
            return [line(("nothing to show yet", Tone.MUTED))] if self._is_read else []
        match self.part:
            case 2:
                return prompt_lines(story.entries, width)
            case 3:
                return call_lines(story.entries, width)
            case 4:
                return verdict_lines(replace(story.view, checkpoints=_points(story)), width)
            case 5:
                hits = tuple(
                    hit for hit in story.view.knowledge if hit.iteration == story.iteration
                )
                return knowledge_lines(replace(story.view, knowledge=hits), width)
            case _:
                if not story.session:
                    return [line(("no session file yet: it is written at the end", Tone.MUTED))]
                return text_lines(story.session)(width)

    def path_note(self) -> str:
        item = self.selected
        return self.task_note(item, item.description if item else "")

    def on_resize(self, event: Resize) -> None:
        self._draw_bars()

    def tick(self) -> None:
        story = self._story
        if story and story.iteration and story.iteration == story.view.live_iteration:
            self.read_again()

    # What commands see and ask for.

    @property
    def selected(self) -> WorkItem | None:
        return self._story.view.item if self._story else self.listed

    @property
    def checkpoint(self) -> int | None:
        points = _points(self._story) if self._story else ()
        return points[-1].iteration_count if points else None

    @property
    def past_iteration(self) -> int | None:
        return self.checkpoint if self._chosen is not None else None

    @property
    def active(self) -> LineView:
        if self.part == OUTPUT:
            return self.query_one(TranscriptView)
        return self.query_one("#story-part", PaneView)

    def has_iteration(self, step: int) -> bool:
        story = self._story
        return story is not None and 1 <= story.iteration + step <= story.newest

    def turn_iteration(self, step: int) -> None:
        if self._story is not None:
            to = self._story.iteration + step
            self._chosen = None if to == self._story.newest else to
            self.read_again()

    def show_part(self, number: int) -> None:
        self.part = number
        self._draw_bars()
        self._draw_part(from_top=True)
        self.active.focus()
        self.draw_keys()

    def begin_at(self, iteration: int | None) -> None:
        if iteration is not None:
            self._chosen = iteration

    def turn_to(self, subject: TaskId) -> None:
        if subject != self.subject:
            self.subject, self._chosen, self._is_read = subject, None, False
            self._show_story(None)
            self.draw_path()
        super().turn_to(subject)


async def _read_story(face: EngineFace, view: TaskView, iteration: int, newest: int) -> Story:
    if not iteration:
        return Story(view, 0, 0)
    entries = await whole_transcript(face, view.item.task_id, iteration)
    session = ""
    if any(point.iteration_count == iteration for point in view.checkpoints):
        try:
            session = await face.session_text(view.item.task_id, iteration)
        except EngineError as error:
            session = f"the session file cannot be read: {error.told(by_key)}"
    return Story(view, iteration, newest, entries, session)


def _points(story: Story) -> tuple[Checkpoint, ...]:
    """What the iteration recorded, if it has ended."""
    points = story.view.checkpoints
    return tuple(point for point in points if point.iteration_count == story.iteration)


def _place(story: Story | None) -> tuple[str, int] | None:
    return (story.view.item.task_id, story.iteration) if story else None


def _waited(view: TaskView, point: Checkpoint) -> str:
    waited = waited_words(view.escalations, point)
    return f" ({waited})" if waited else ""
