"""A past run or task again: what had happened, how tasks stood, what was said by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.containers import Container
from textual.events import Resize
from textual.timer import Timer
from textual.widget import Widget

from aio_tui.bridge import STALE
from aio_tui.commands.base import AnyCommand, key_of
from aio_tui.commands.replay import REPLAY
from aio_tui.filtering import Field, Fields
from aio_tui.screens.frame import FrameScreen
from aio_tui.ways import by_key
from aio_tui.widgets.covered import Covered
from aio_tui.widgets.line import Piece, line, signed
from aio_tui.widgets.replay_lines import clock_line, happened_lines, position_line, words
from aio_tui.widgets.rows import LineBar, LineView, RowView
from aio_tui.widgets.table import Column, TableView
from aio_tui.widgets.transcript_view import TranscriptView
from aio_tui.wording import TASK_SIGNS, Sign, Tone, duration, with_health
from engine.app import replaying
from engine.app.activity import activity_of
from engine.app.replaying import Move, Roster
from engine.domain.errors import EngineError, InputError, UnknownTaskError
from engine.domain.facts import JournalEntry, Landmark
from engine.domain.ids import TaskId, parse_task_id
from engine.domain.state import HELD
from engine.domain.values import dataclass
from engine.domain.work import WorkItem
from engine.ports.cockpit import Activity, EngineFace, RunState
from engine.ports.replay import Moment, PastTranscript, Position, Scope, TaskThen
from engine.ports.store import Reader

_SPEEDS = (1, 4, 15, 60, 240, 1000)
_FRAME_S, _CALM_FRAME_S = 0.1, 1.0
_LONGEST_WAIT_S = 2.0
"""How long one watches nothing happen; longer times are left out."""
_OFFERED_RUNS = 8
_MOST_AT_WORK, _TAIL_BYTES = 16, 4096
_UNKNOWN = Sign("?", "unknown", Tone.MUTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What is read: a moment, and what the task that is looked at had said."""

    wanted: str | Scope | None
    moment: Moment
    marks: tuple[JournalEntry, ...]
    tasks: Roster
    task: TaskThen | None
    said: PastTranscript
    activity: Mapping[TaskId, Activity]
    """Of tasks at work: what they were doing."""
    note: str
    """Why a move led nowhere; empty: it did not."""
    has_followed: bool
    moves: tuple[int, int]
    """Which of the moves that were ever asked for it made: from, to."""


class ReplayScreen(FrameScreen):
    """Moves that keys ask for are made when the journal is read. Implements `ReplayDesk`."""

    PLACE = "replay"
    READS = "the journal"
    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = REPLAY
    AUTO_FOCUS = "#then"
    FIELDS = (
        Field("state", values=tuple(sign.word for sign in TASK_SIGNS.values())),
        Field("task"),
        Field("text"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._then: Then | None = None
        self._problem = ""
        self._wanted: str | Scope | None = None
        """What is to be replayed; None: the task one came from, or the last run."""
        self._position: Position | None = None
        """None: the end, wherever that is by now."""
        self._moves: list[Move] = []
        self._made = 0
        """How many moves were made before those."""
        self._chosen: TaskId | None = None
        self._speed = 2
        self._playing: Timer | None = None

    def compose_body(self) -> Iterator[Widget]:
        yield LineBar(id="replay-bar")
        with Container(id="replay"):
            with Covered(id="then-left"):
                titles = LineBar(id="then-titles")
                yield titles
                yield TableView(
                    self._columns(), key=lambda row: row.task_id, fields=_fields,
                    titles=titles, id="then",
                )  # fmt: skip
                yield LineView(id="happened")
            with Covered(id="then-right"):
                yield LineBar(id="then-title")
                yield TranscriptView(id="then-output")

    def _columns(self) -> Sequence[Column[TaskThen]]:
        return (
            Column(title="state", width=11, cell=lambda row: signed(self._sign(row))),
            Column(title="task", width=14, is_needed=True, order=lambda row: row.task_id,
                   cell=lambda row: (row.task_id, Tone.STRONG)),
            Column(title="it", width=3, cell=lambda row: str(row.iteration or "-")),
            Column(title="what it did", cell=self._headline),
        )  # fmt: skip

    def _sign(self, row: TaskThen) -> Sign:
        activity = self._activity_of(row)
        return with_health(_sign(row), activity.health if activity is not None else None)

    def _headline(self, row: TaskThen) -> str:
        """What it was doing; of one that was not at work, what had happened last."""
        activity = self._activity_of(row)
        return activity.headline if activity is not None else words(row.newest)

    def _activity_of(self, row: TaskThen) -> Activity | None:
        return self._then.activity.get(row.task_id) if self._then is not None else None

    # Reading.

    async def read(self, face: EngineFace) -> object:
        wanted, made, moves = self._wanted, self._made, tuple(self._moves)
        try:
            look = partial(self._look, self._then, self._position, moves)
            moment, marks, tasks, note = await face.read(look)
        except (InputError, UnknownTaskError) as error:
            return error if wanted == self._wanted else STALE
        task = self._looked_at(moment)
        said = PastTranscript()
        if task is not None and task.iteration:
            said = await self._said(face, task, moment.position)
        activity = await self._activity(face, moment)
        if (wanted, made) != (self._wanted, self._made):
            return STALE
        return Then(
            wanted=wanted,
            moment=moment,
            marks=tuple(marks),
            tasks=tasks,
            task=task,
            said=said,
            activity=activity,
            note=note,
            has_followed=self._position is None and not moves,
            moves=(made, made + len(moves)),
        )

    def _look(
        self, then: Then | None, position: Position | None, moves: Sequence[Move], reader: Reader
    ) -> tuple[Moment, Sequence[JournalEntry], Roster, str]:
        """Runs in the store's thread, so it changes nothing here."""
        known = then.moment.scope if then is not None else None
        scope = self._scope(reader) if known is None else replaying.grown(reader, known)
        here, note = position or self._end(scope), ""
        for move in moves:
            try:
                here = move(reader, scope, here)
            except InputError as error:
                note = error.message
        is_known = then is not None and then.moment.scope == scope
        marks = then.marks if then and is_known else replaying.marks(reader, scope)
        tasks = replaying.roster(reader, scope, then.tasks if then is not None else None)
        before = then.moment if then is not None else None
        moment = replaying.moment(reader, scope, here, tasks=tasks, before=before)
        return moment, marks, tasks, note

    def _scope(self, reader: Reader) -> Scope:
        if isinstance(self._wanted, Scope):
            return self._wanted
        return replaying.found(reader, self._wanted or self.subject or "last")

    def _end(self, scope: Scope) -> Position:
        """Of what goes on: the present, as agents say more than the journal does."""
        end = replaying.end(scope)
        is_later = self._goes_on(scope) and self._now() > end.at
        return Position(seq=end.seq, at=self._now()) if is_later else end

    def _goes_on(self, scope: Scope) -> bool:
        """Whether more of it may come now."""
        run = self.overview.run if self.overview else RunState.STOPPED
        return scope.is_open and run not in (RunState.STOPPED, RunState.NO_ENGINE)

    def _looked_at(self, moment: Moment) -> TaskThen | None:
        tasks = {then.task_id: then for then in moment.tasks}
        wanted = self._chosen or self.subject
        return tasks.get(wanted) if wanted in tasks else next(iter(moment.tasks), None)

    async def _said(self, face: EngineFace, task: TaskThen, position: Position) -> PastTranscript:
        try:
            return await face.past_transcript(task.task_id, task.iteration, position.at)
        except EngineError as error:
            self._problem = error.told(by_key)
            return PastTranscript()

    async def _activity(self, face: EngineFace, moment: Moment) -> dict[TaskId, Activity]:
        """From the last records of those at work, as the cockpit tells it of the present."""
        found: dict[TaskId, Activity] = {}
        at = moment.position.at
        at_work = [then for then in moment.tasks if then.is_live and then.state in HELD]
        for then in at_work[:_MOST_AT_WORK]:
            with suppress(EngineError):
                past = await face.past_transcript(
                    then.task_id, then.iteration, at, limit_bytes=_TAIL_BYTES
                )
                activity = activity_of(past.entries, at)
                if activity is not None:
                    found[then.task_id] = activity
        return found

    # Showing.

    def show(self, read: object) -> None:
        if isinstance(read, EngineError):
            self._problem = str(read)
            self._draw_bar()
            return
        if not isinstance(read, Then) or read.wanted != self._wanted:
            return
        if read.moves[1] < self._made:
            return  # another reading was quicker
        del self._moves[: read.moves[1] - self._made]
        self._made = read.moves[1]
        old, self._then = self._then, read
        if not read.has_followed:
            is_end = read.moment.is_end and not self.is_playing
            self._position = None if is_end else read.moment.position
        if read.note:
            self.say(read.note)
        if self.is_playing and read.moment.is_end and read.said.next_at is None:
            self._hold()
        self._show_tasks(old, read)
        self._show_output(old, read)
        self._draw_bar()
        if self._moves:
            self.read_again()

    def _show_tasks(self, old: Then | None, then: Then) -> None:
        table = self._table
        rows = sorted(then.moment.tasks, key=lambda row: (_sign(row).group, row.task_id))
        table.show(rows)
        before = old.activity if old is not None else {}
        for y, row in enumerate(table.rows):
            if before.get(row.task_id) != then.activity.get(row.task_id):
                table.redraw(y)  # the row as such may be the same
        room = self.query_one("#then-left").size.height
        table.styles.height = max(min(len(rows), room // 2), 1)
        if then.task is not None:
            table.select_key(then.task.task_id)
        happened = self.query_one("#happened", LineView)
        happened.set_rows(happened_lines(then.moment))
        self.call_after_refresh(happened.scroll_end, animate=False)  # its height may be another

    def _show_output(self, old: Then | None, new: Then) -> None:
        output = self.query_one(TranscriptView)
        before, after = old.said.entries if old else (), new.said.entries
        is_same = old is not None and _place(old) == _place(new)
        if is_same and after[: len(before)] == before:
            if len(after) > len(before):
                output.append(after[len(before) :])
        else:
            output.start_over(after)
        task = new.task
        title = line(("no task yet", Tone.MUTED))
        if task is not None and not task.iteration:
            title = line((task.task_id, Tone.STRONG), ("  no iteration had begun", Tone.MUTED))
        elif task is not None:
            text, tone = signed(_sign(task))
            live = (f"  {text}", tone) if task.is_live else ("  ■ over", Tone.MUTED)
            cut = ("  only its end is shown", Tone.MUTED) if new.said.is_cut else ""
            title = line((task.task_id, Tone.STRONG), f"  iteration {task.iteration}", live, cut)
        self.query_one("#then-title", LineBar).set_lines([title])

    @on(Resize)
    def _draw_bar(self) -> None:
        bar, width = self.query_one("#replay-bar", LineBar), max(self.size.width - 2, 4)
        if self._then is None:
            bar.set_lines([line((self._problem or "reading ...", Tone.MUTED))])
            return
        moment = self._then.moment
        bar.set_lines(
            [
                clock_line(moment, self._mode(moment), width),
                position_line(moment, self._then.marks, width),
            ]
        )

    def _mode(self, moment: Moment) -> Piece:
        if self.is_playing:
            return f"▶ x{_SPEEDS[self._speed]}", Tone.BUSY
        if self._position is None and self._goes_on(moment.scope):
            return "● now", Tone.GOOD
        return ("■ end" if moment.is_end else "‖ held"), Tone.STRONG

    def path_note(self) -> str:
        if self._then is None:
            return self._problem or "reading ..."
        moment, scope = self._then.moment, self._then.moment.scope
        growing = ", goes on" if self._goes_on(scope) else ""
        told = f"{scope.title} · {duration(scope.lasted_s)}{growing}"
        if len(moment.tasks) < moment.tasks_in_all:
            what = key_of("choose_scope", REPLAY)
            told += f" · {len(moment.tasks)} of {moment.tasks_in_all} tasks, {what} names another"
        return told

    def refilter(self) -> None:
        self._table.filter(self.wanted)

    def tick(self) -> None:
        then = self._then
        if then and self._position is None and then.task and then.task.is_live:
            self.read_again()

    @property
    def _table(self) -> TableView[TaskThen]:
        return self.query_one("#then", TableView)

    @on(RowView.Selected, "#then")
    def _look_at_task(self, event: RowView.Selected) -> None:
        shown = self._then.task.task_id if self._then and self._then.task else None
        if event.key is not None and event.key != shown and event.key == self._table.key:
            self._chosen = TaskId(str(event.key))
            self.read_again()

    @on(RowView.Opened, "#then")
    def _open_task(self, event: RowView.Opened) -> None:
        """That task alone; once more: the task itself."""
        scope = self._then.moment.scope if self._then else None
        if scope is not None and scope.task_id is not None:
            self.subject = scope.task_id
            self.go_to("task")
        elif event.key is not None:
            self._replay(str(event.key))

    # What commands see and ask for.

    @property
    def why_nothing_opens(self) -> str:
        if self._table.key is None:
            return "no task is listed"
        is_at_tasks = self.active is self._table
        return "" if is_at_tasks else f"{key_of('switch_pane')} leads to the tasks, which open"

    @property
    def selected(self) -> WorkItem | None:
        key = self._table.key
        listed = self.overview.tasks if self.overview else ()
        return next((item for item in listed if item.task_id == key), None)

    @property
    def checkpoint(self) -> int | None:
        task = self._then.task if self._then else None
        return task.recorded or None if task is not None else None

    @property
    def is_playing(self) -> bool:
        return self._playing is not None

    def turn_to(self, subject: TaskId) -> None:
        if subject != self.subject:
            self._replay(subject)
        super().turn_to(subject)

    def _replay(self, wanted: str | Scope) -> None:
        """From its end on, as one sees there what it came to."""
        self._hold()
        self._made += len(self._moves)
        self._moves.clear()
        self._wanted, self._position, self._then, self._chosen = wanted, None, None, None
        self.read_again()

    def begin_at(self, iteration: int | None) -> None:
        if iteration is None or self.subject is None:
            return
        if self.is_attached:
            self._replay(self.subject)
        self._moves.append(replaying.to_verdict(iteration))

    def _move(self, move: Move) -> None:
        self._moves.append(move)
        self.read_again()

    def play_or_pause(self) -> None:
        then = self._then
        if self.is_playing or then is None:
            self._hold()
        else:
            if then.moment.is_end:
                self._move(replaying.to_begin)
            is_calm = self.around.is_calm()
            frame_s = _CALM_FRAME_S if is_calm else _FRAME_S
            self._playing = self.set_interval(frame_s, partial(self._play_on, frame_s))
        self._draw_bar()
        self.draw_keys()

    def _play_on(self, frame_s: float) -> None:
        """A frame; left out while the one before it is not shown yet."""
        if self._moves or self._then is None:
            return
        speed = _SPEEDS[self._speed]
        self._move(
            replaying.played(
                frame_s * speed,
                longest_s=_LONGEST_WAIT_S * speed,
                said_at=self._then.said.next_at,
            )
        )

    def _hold(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None

    def change_speed(self, step: int) -> None:
        self._speed = min(max(self._speed + step, 0), len(_SPEEDS) - 1)
        self._draw_bar()
        self.say(f"plays {_SPEEDS[self._speed]} times as fast as it was")

    def step(self, facts: int) -> None:
        self._hold()
        if facts > 0 and not self._moves and self._then is not None and self._then.moment.is_end:
            self.say("this is the newest fact")
        self._move(replaying.stepped(facts))

    def shift(self, part: float) -> None:
        self._move(replaying.shifted(part))

    def jump(self, landmark: Landmark, step: int) -> None:
        self._hold()
        self._move(replaying.jumped(landmark, step))

    def move_to_end(self, *, is_last: bool) -> None:
        self._hold()
        self._move(replaying.to_end if is_last else replaying.to_begin)

    def switch_pane(self) -> None:
        panes: list[Widget] = [
            self._table,
            self.query_one("#happened"),
            self.query_one("#then-output"),
        ]
        at = panes.index(self.focused) if self.focused in panes else -1
        self.set_focus(panes[(at + 1) % len(panes)])

    def choose_scope(self) -> None:
        self.run_worker(
            self._offer_scopes(), name="reading the runs", group="scopes", exit_on_error=False
        )

    async def _offer_scopes(self) -> None:
        runs = await self._face.read(lambda reader: replaying.runs(reader, limit=_OFFERED_RUNS))
        offered: dict[str, str | Scope] = {str(at): run for at, run in enumerate(runs, start=1)}
        told = [
            (key, f"{run.title}, {duration(run.lasted_s)}{', goes on' if run.is_open else ''}")
            for key, run in zip(offered, runs, strict=True)
        ]
        task = self._table.key
        if task is not None:
            offered["t"] = str(task)
            told.append(("t", f"task {task}"))
        offered["a"] = "all"
        told.append(("a", "the whole journal"))
        told.append(("i", "another task, by its id"))
        self.choose("Replay what?", told, lambda key: self._replay_chosen(offered, key))

    def _replay_chosen(self, offered: Mapping[str, str | Scope], key: str) -> None:
        if key == "i":
            self.ask("Replay which task?", self._replay_task, may_be_empty=False)
        else:
            self._replay(offered[key])

    def _replay_task(self, name: str) -> None:
        self.run_worker(
            self._find_task(name), name="finding the task", group="scopes", exit_on_error=False
        )

    async def _find_task(self, name: str) -> None:
        try:
            await self._face.read(lambda reader: reader.task(parse_task_id(name)))
        except EngineError as error:
            self.say(f"what: {error.told(by_key)}")
        else:
            self._replay(name)


def _sign(then: TaskThen) -> Sign:
    return TASK_SIGNS[then.state] if then.state is not None else _UNKNOWN


def _fields(then: TaskThen) -> Fields:
    return {"state": _sign(then).word, "task": then.task_id, "text": words(then.newest)}


def _place(then: Then) -> tuple[str, int] | None:
    return (then.task.task_id, then.task.iteration) if then.task else None
