"""What stands around every screen, and how what it shows comes in."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Hashable, Iterator, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from textual import on
from textual.app import ComposeResult
from textual.events import Resize, ScreenResume, ScreenSuspend
from textual.geometry import Region
from textual.reactive import var
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from aio_tui.bridge import Bridge, Refreshed
from aio_tui.commands.catalogue import key_of
from aio_tui.composing import Composer
from aio_tui.filtering import Field, Filter, parse
from aio_tui.merge_news import MergeNews
from aio_tui.places import COCKPIT, place_named
from aio_tui.text import fit
from aio_tui.unseen_questions import Arrivals
from aio_tui.widgets.bars import header_lines, terminal_title, told_lines
from aio_tui.widgets.covered import blank_lines
from aio_tui.widgets.line import Line, Link, line, linked
from aio_tui.widgets.rows import SCREEN_CLASSES, LineBar
from aio_tui.wording import ATTACHED, Tone, sign_of
from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId, TaskId
from engine.domain.values import dataclass
from engine.domain.work import WorkItem
from engine.ports.cockpit import EngineFace, Overview, RunState, ToldNews

_KEY_IS_FRESH_S = 0.05


def hint(*, only_looks: bool = False) -> str:
    """What the status line says when there is nothing to say."""
    return f"{key_of('help')} shows all keys{' · this cockpit only looks' * only_looks}"


def failure_line(worker: Worker[Any]) -> Line:
    """What is said of a worker that ended by an error."""
    return line((f"✗ {worker.name} failed: {worker.error}", Tone.BAD))


_MOST_STEPS = 3
"""Of the way to a screen that are named: whoever goes from screen to screen knows no more."""


def trail_in(names: Sequence[str], width: int) -> str:
    """The way to a screen in at most `width` cells: of a longer one its end, `… > ` before it;
    empty if not even that fits.
    """
    for first in range(max(len(names) - _MOST_STEPS, 0), len(names) + 1):
        left = ("…", *names[first:]) if first else names
        trail = "".join(f"{name} > " for name in left)
        if len(trail) <= width:
            return trail
    return ""


def _trail_links(trail: str, path: Sequence[str]) -> Iterator[Link]:
    """The way in parts that lead back to where they name."""
    parts = trail.split(" > ")[:-1]
    for part, name in zip(parts, path[-len(parts) - 1 : -1], strict=True):
        yield Link(part, Tone.MUTED, f"go_to_{name}")
        yield Link(" > ", Tone.MUTED, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every screen of a cockpit shares."""

    face: EngineFace
    operator: str
    now: Callable[[], datetime]
    set_title: Callable[[str], None]
    """Names the terminal's window."""
    screen_at: Callable[[str], type[Any]]
    """The class of the screen of this name."""
    drafts: dict[TaskId, dict[Hashable, Any]] = field(default_factory=dict)
    """What was written about tasks and not sent yet; it lives as long as the cockpit."""
    is_calm: Callable[[], bool] = lambda: False
    """Whether the operator wants little to move."""
    ring: Callable[[Sequence[Escalation], ToldNews | None], None] = lambda _, __: None
    """Lets the terminal itself say that these questions wait, and what else happened."""
    arrivals: Arrivals = field(default_factory=Arrivals)
    merge_news: MergeNews = field(default_factory=MergeNews)
    never_always: dict[EscalationId, str] = field(default_factory=dict)
    """Questions that were looked into: why no rule can answer them for ever; empty: one can."""
    is_read_only: bool = False
    """Whether the operator only looks."""
    opening: Callable[[Coroutine[Any, Any, None]], Coroutine[Any, Any, None]] = lambda work: work
    """Lets no key have its turn until the work has opened its screen."""


@runtime_checkable
class Alerted(Protocol):
    """A screen on which new questions are announced."""

    def show_alert(self, unseen: Sequence[Escalation]) -> None:
        """These have not been looked at, the most severe first; none: say nothing any more."""
        ...


class EdgedScreen(Screen[None]):
    """Header, path, body, status line and key bar. Reads while it can be seen: an overview and what
    `read` gives, at once and whenever the journal grows.

    Args:
        around: what all screens share.
        subject: the task that the screen is to be about, if it is about one.
        notice: stands in the status line until something happens.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = SCREEN_CLASSES
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide"), (290, "-vast")]  # noqa: RUF012  as the base has it
    PLACE: ClassVar[str]
    """Its name in `aio_tui.places`."""
    READS: ClassVar[str] = "the newest records"
    """What is said to have failed if reading fails."""
    FIELDS: ClassVar[tuple[Field, ...]] = ()
    """What its list can be filtered by; empty: it has none."""

    key_at: float = float("-inf")
    """When a key's command last ran, on the clock that never goes back, until that is drawn."""

    overview: var[Overview | None] = var(None, init=False)
    filter_words: var[str] = var("", init=False)
    told: var[Line] = var(line, init=False)
    """What the status line shows."""

    def __init__(
        self, around: Surroundings, *, subject: TaskId | None = None, notice: str = ""
    ) -> None:
        super().__init__(classes="frame")
        self._compositor = Composer()
        self.around = around
        self.subject = subject
        self._face = around.face
        self._now = around.now
        self._notice = notice
        self._is_drawn = False
        self._is_reading = False
        self._bridge = Bridge(self._face, self.post_message, lambda: self.read(self._face))
        self._bridge.is_calm = around.is_calm

    # For each screen to say.

    def compose_body(self) -> Iterator[Widget]:
        """What stands between the path and the status line."""
        raise NotImplementedError

    async def read(self, face: EngineFace) -> Any:
        """What `show` is to show, in one consistent view; runs beside the screen, so no widget may
        be touched. `STALE`: it is out of date already, nothing is shown.
        """
        return None

    def show_known(self) -> None:
        """Nothing has been read yet: draw what another screen knew, or that it is being read."""

    def show(self, read: Any) -> None:
        """Put what `read` gave into the widgets; `overview` is as new."""

    def path_note(self) -> str:
        """What the path line says behind the screen's name, such as how many rows there are."""
        return ""

    def tick(self) -> None:
        """A second has passed: bring ages up to date, where they are seen."""

    def refilter(self) -> None:
        """The words of the filter are others now."""

    def key_line(self, width: int) -> Line:
        """The keys that do something now."""
        raise NotImplementedError

    # The edges.

    def compose(self) -> ComposeResult:
        self._take_width()
        yield LineBar(id="header")
        if self.PLACE != COCKPIT:
            yield LineBar(id="path")
        yield from self.compose_body()
        yield LineBar(id="alert")
        yield LineBar(id="status")
        yield LineBar(id="keys")

    def _take_width(self) -> None:
        """Be narrow or wide before there are widgets: Textual does it when all of them have their
        styles, which it then finds once more.
        """
        width = self.app.size.width
        fitting = [name for at, name in self.HORIZONTAL_BREAKPOINTS if at <= width]
        self.add_class(fitting[-1], update=False)

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)

    def on_idle(self) -> None:
        """Draw what a key changes at once; all else, also what is read because of it, waits for
        Textual's next of 60 moments a second.
        """
        is_fresh = time.monotonic() - self.key_at < _KEY_IS_FRESH_S
        if is_fresh and self.is_current and self._dirty_widgets:
            self.key_at = float("-inf")
            self._on_timer_update()

    def on_mount(self) -> None:
        self.show_known()
        self._draw_header()
        self.draw_path()
        self.draw_keys()
        self.told = line((self._notice or self.hint, Tone.MUTED))
        self.call_after_refresh(self._begin)
        self.set_interval(1.0, self._tick)

    def take(self, overview: Overview, read: Any) -> None:
        """What was read has arrived."""
        self.overview = overview
        self.show(read)
        self.draw_path()
        self.draw_keys()

    def watch_overview(self) -> None:
        self._draw_header()
        if self.overview is not None:
            self._take_back_attached(self.overview)
            self.around.arrivals.hear(self.overview.escalations)
            arrivals, overview = self.around.arrivals, self.overview
            told = arrivals.rung(overview.escalations)
            news = arrivals.rung_news(overview.news)
            if told or news:
                self.around.ring(told, news)
            self._tell_merges(overview)
        self.draw_alert()

    def _tell_merges(self, overview: Overview) -> None:
        base_branch = self._face.settings.base_branch
        ended = self.around.merge_news.hear(
            overview.tasks, base_branch, only_looks=self.around.is_read_only
        )
        if ended is not None:
            self.tell(ended)

    def _take_back_attached(self, overview: Overview) -> None:
        """The header says that the engine has ended; nothing else may say that it runs."""
        if overview.run is RunState.NO_ENGINE and ATTACHED in self.told.text:
            was_attached = self.told.text.replace(ATTACHED, "the engine ran in another process")
            self.told = line((was_attached, Tone.WARN))

    def watch_told(self, told: Line) -> None:
        self._draw_told()

    def tell(self, told: Line) -> None:
        """Say it where the operator looks: here, or on the screen that lies over this one or under
        it by now. What was said is not said again when one comes back.
        """
        self._foremost.told = told

    @property
    def hint(self) -> str:
        """What the status line says when there is nothing to say."""
        return hint(only_looks=self.around.is_read_only)

    def forget_told(self) -> None:
        """It has been read."""
        self._notice = ""
        self.told = line((self.hint, Tone.MUTED))

    @property
    def wanted(self) -> Filter:
        """What `filter_words` mean."""
        return parse(self.filter_words, self.FIELDS)

    def watch_filter_words(self) -> None:
        self.refilter()
        self.draw_path()

    def draw_alert(self) -> None:
        """Say that a question came up, on this screen and on what lies over it, until somebody
        looks at it.
        """
        for screen in {self, self.app.screen}:
            if isinstance(screen, Alerted):
                screen.show_alert(self.around.arrivals.unseen)

    def show_alert(self, unseen: Sequence[Escalation]) -> None:
        """Implements `Alerted`."""
        lines: list[Line] = []
        if unseen:
            from aio_tui.widgets.inbox import alert_line  # late: the first frame announces nothing

            key, width = key_of("go_to_inbox"), self.size.width - 2
            lines = [alert_line(unseen, key, width, only_looks=self.around.is_read_only)]
        for bar in self.query("#alert").results(LineBar):  # none yet before the first frame
            bar.set_lines(lines)

    def _draw_header(self) -> None:
        project = self._face.settings.project
        only_looks = self.around.is_read_only
        width = self.size.width - 2
        lines = header_lines(project, self.overview, width, only_looks=only_looks)
        self.query_one("#header", LineBar).set_lines(lines)
        self.around.set_title(terminal_title(project, self.overview))

    def draw_path(self) -> None:
        """Where one is, and where Esc leads."""
        if self.PLACE == COCKPIT:
            return
        names = [place_named(name).title for name in self.path]
        note = self.path_note()
        if self.filter_words:
            note = f"filter: {self.filter_words} · {note}"
        *before, here = names
        width = self.size.width - 2
        trail = trail_in(before, width - len(here) - 2 - min(len(note), width // 2))
        room = max(width - len(trail) - len(here) - 2, 0)
        drawn = linked(
            *_trail_links(trail, self.path),
            (here, Tone.STRONG),
            f"  {fit(note, room).rstrip()}",
        )
        self.query_one("#path", LineBar).set_lines([drawn])

    @property
    def path(self) -> list[str]:
        """Names of the screens from the first one to this."""
        below: list[str] = []
        for screen in self.app.screen_stack:
            if isinstance(screen, EdgedScreen):
                below.append(screen.PLACE)
            if screen is self:
                break
        return below

    def _draw_told(self) -> None:
        lines = told_lines(self.told, max(self.size.width - 2, 2))
        self.query_one("#status", LineBar).set_lines(lines)

    def draw_keys(self) -> None:
        """Bring the key bar up to date."""
        self.query_one("#keys", LineBar).set_lines([self.key_line(self.size.width - 2)])

    @on(Resize)
    def _fit(self) -> None:
        self._draw_header()
        self.draw_path()
        self._draw_told()
        self.draw_alert()
        self.draw_keys()
        if self.overview is not None:
            self.refresh()

    # Reading.

    def _begin(self) -> None:
        """The first frame has been drawn; it waits for nothing that is read."""
        self._is_drawn = True
        self._read_if_seen()

    @property
    def _foremost(self) -> EdgedScreen:
        """The screen of this kind that is seen; a dialog over it hides it not."""
        screens = reversed(self.app.screen_stack)
        return next((each for each in screens if isinstance(each, EdgedScreen)), self)

    def _read_if_seen(self) -> None:
        if self._is_drawn and not self._is_reading and self._foremost is self:
            self._is_reading = True
            self.run_worker(
                self._bridge.follow_facts(),
                name=f"reading {self.READS}", group="reading", exit_on_error=False,
            )  # fmt: skip

    def read_again(self) -> None:
        """Read anew, now: the screen is to be about something else."""
        self.run_worker(
            self._bridge.read_view,  # type: ignore[arg-type]  # no kind of coroutine fits
            name=f"reading {self.READS}", group="view", exclusive=True, exit_on_error=False,
        )  # fmt: skip

    def begin_with(self, overview: Overview | None) -> None:
        """Not mounted yet: this was read by the screen that leads here."""
        self.set_reactive(EdgedScreen.overview, overview)
        self._bridge.begin_with(overview)

    @property
    def listed(self) -> WorkItem | None:
        """The task that the screen is about, as the queue lists it: there before more is read."""
        items = self.overview.tasks if self.overview else ()
        return next((item for item in items if item.task_id == self.subject), None)

    def task_note(self, item: WorkItem | None, *facts: str) -> str:
        """What the path line says of the task that a screen is about, and then `facts`."""
        if self.subject is None:
            return "no task is selected"
        if item is None or self.overview is None:
            return str(self.subject)
        asking = {asked.task_id for asked in self.overview.escalations}
        is_reverting = item.task_id in self.overview.reverting
        sign = sign_of(
            item,
            is_asking=item.task_id in asking,
            is_reverting=is_reverting,
            run=self.overview.run,
            lacks=self.overview.lacking.get(item.task_id, ""),
        )
        return " · ".join((item.task_id, f"{sign.glyph} {sign.word}", *facts))

    def stop_reading(self) -> None:
        """Nobody looks."""
        self._is_reading = False
        self.workers.cancel_group(self, "reading")

    @on(ScreenSuspend)
    def _rest_under_another_screen(self) -> None:
        if self._foremost is not self:
            self.stop_reading()
            self.forget_told()

    @on(ScreenResume)
    def _go_on(self) -> None:
        self._read_if_seen()
        self.draw_alert()

    @on(Refreshed)
    def _take_refreshed(self, event: Refreshed) -> None:
        self.take(event.overview, event.view)

    def _tick(self) -> None:
        if self.is_active:
            self.tick()

    @on(Worker.StateChanged)
    def _show_failure(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.tell(failure_line(event.worker))
