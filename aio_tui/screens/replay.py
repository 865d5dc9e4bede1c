"""A past run or task again: what had happened, how tasks stood, what was said by then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual import on
from textual.containers import Container
from textual.events import Resize
from textual.widget import Widget

from aio_tui.bridge import STALE
from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import key_of
from aio_tui.commands.replay import REPLAY
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.playing import Player
from aio_tui.screens.replay_choice import Offer, offered
from aio_tui.screens.replay_reading import Then, Wish, read_then
from aio_tui.ways import by_key
from aio_tui.widgets.covered import Covered
from aio_tui.widgets.line import Piece, line
from aio_tui.widgets.replay_lines import clock_line, happened_lines, position_line
from aio_tui.widgets.replay_tasks import FIELDS, columns, fields_of, in_order, output_title
from aio_tui.widgets.rows import LineBar, LineView, RowView
from aio_tui.widgets.table import TableView
from aio_tui.widgets.transcript_view import TranscriptView
from aio_tui.wording import READING, Tone, duration
from engine.app.replay import moves
from engine.app.replay.moves import Move
from engine.domain.errors import EngineError, InputError, UnknownTaskError
from engine.domain.facts import Landmark
from engine.domain.ids import TaskId, parse_task_id
from engine.domain.work import WorkItem
from engine.ports.cockpit import Activity, EngineFace, RunState
from engine.ports.replay import Moment, Position, Scope, TaskThen


class ReplayScreen(FrameScreen):
    """Moves that keys ask for are made when the journal is read. Implements `ReplayDesk`."""

    PLACE = "replay"
    READS = "the journal"
    OWN_COMMANDS: ClassVar[tuple[AnyCommand, ...]] = REPLAY
    AUTO_FOCUS = "#then"
    FIELDS = FIELDS

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
        self._player = Player(self, self._play_on)

    def compose_body(self) -> Iterator[Widget]:
        yield LineBar(id="replay-bar")
        with Container(id="replay"):
            with Covered(id="then-left"):
                titles = LineBar(id="then-titles")
                yield titles
                yield TableView(
                    columns(self._activity_of), key=lambda row: row.task_id, fields=fields_of,
                    titles=titles, id="then",
                )  # fmt: skip
                yield LineView(id="happened")
            with Covered(id="then-right"):
                yield LineBar(id="then-title")
                yield TranscriptView(id="then-output")

    def _activity_of(self, row: TaskThen) -> Activity | None:
        return self._then.activity.get(row.task_id) if self._then is not None else None

    # Reading.

    async def read(self, face: EngineFace) -> object:
        wish = Wish(
            wanted=self._wanted,
            subject=self.subject,
            chosen=self._chosen,
            position=self._position,
            moves=tuple(self._moves),
            made=self._made,
            before=self._then,
            now=self._now(),
            can_go_on=self._can_go_on,
        )
        try:
            then = await read_then(face, wish)
        except (InputError, UnknownTaskError) as error:
            return error if wish.wanted == self._wanted else STALE
        return then if (wish.wanted, wish.made) == (self._wanted, self._made) else STALE

    @property
    def _can_go_on(self) -> bool:
        run = self.overview.run if self.overview else RunState.STOPPED
        return run not in (RunState.STOPPED, RunState.NO_ENGINE)

    def _goes_on(self, scope: Scope) -> bool:
        """Whether more of it may come now."""
        return scope.is_open and self._can_go_on

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
        self._problem = read.fault or self._problem
        if not read.has_followed:
            is_followed = _is_over(read.moment) and not self.is_playing
            self._position = None if is_followed else read.moment.position
        if read.note:
            self.say(read.note)
        if self.is_playing and _is_over(read.moment) and read.said.next_at is None:
            self._player.hold()
        self._show_tasks(old, read)
        self._show_output(old, read)
        self._draw_bar()
        if self._moves:
            self.read_again()

    def _show_tasks(self, old: Then | None, then: Then) -> None:
        table = self._table
        rows = in_order(then.moment.tasks)
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
        self.query_one("#then-title", LineBar).set_lines(
            [output_title(new.task, is_cut=new.said.is_cut)]
        )

    @on(Resize)
    def _draw_bar(self) -> None:
        bar, width = self.query_one("#replay-bar", LineBar), max(self.size.width - 2, 4)
        if self._then is None:
            bar.set_lines([line((self._problem or READING, Tone.MUTED))])
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
            return f"▶ x{self._player.speed}", Tone.BUSY
        if self._position is None and self._goes_on(moment.scope):
            return "● now", Tone.GOOD
        return ("■ end" if _is_over(moment) else "‖ held"), Tone.STRONG

    def path_note(self) -> str:
        if self._then is None:
            return self._problem or READING
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
        return self._player.is_playing

    def turn_to(self, subject: TaskId) -> None:
        if subject != self.subject:
            self._replay(subject)
        super().turn_to(subject)

    def _replay(self, wanted: str | Scope) -> None:
        """From its end on, as one sees there what it came to."""
        self._player.hold()
        self._made += len(self._moves)
        self._moves.clear()
        self._wanted, self._position, self._then, self._chosen = wanted, None, None, None
        self.read_again()

    def begin_at(self, iteration: int | None) -> None:
        if iteration is None or self.subject is None:
            return
        if self.is_attached:
            self._replay(self.subject)
        self._moves.append(moves.to_verdict(iteration))

    def _move(self, move: Move) -> None:
        self._moves.append(move)
        self.read_again()

    def play_or_pause(self) -> None:
        then = self._then
        if self.is_playing or then is None:
            self._player.hold()
        else:
            if _is_over(then.moment):
                self._move(moves.to_begin)
            self._player.play(is_calm=self.around.is_calm())
        self._draw_bar()
        self.draw_keys()

    def _play_on(self, frame_s: float) -> None:
        """A frame; left out while the one before it is not shown yet."""
        if self._moves or self._then is None:
            return
        self._move(self._player.frame(frame_s, self._then.said.next_at))

    def change_speed(self, step: int) -> None:
        self._player.change_speed(step)
        self._draw_bar()
        self.say(f"plays {self._player.speed} times as fast as it was")

    def step(self, facts: int) -> None:
        self._player.hold()
        if facts > 0 and not self._moves and self._then is not None and self._then.moment.is_end:
            self.say("this is the newest fact")
        self._move(moves.stepped(facts))

    def shift(self, part: float) -> None:
        self._move(moves.shifted(part))

    def jump(self, landmark: Landmark, step: int) -> None:
        self._player.hold()
        self._move(moves.jumped(landmark, step))

    def move_to_end(self, *, is_last: bool) -> None:
        self._player.hold()
        self._move(moves.to_end if is_last else moves.to_begin)

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
        offers = await offered(self._face, self._table.key)
        told = [(offer.key, offer.words) for offer in offers.values()]
        self.choose("Replay what?", told, lambda key: self._replay_offer(offers[key]))

    def _replay_offer(self, offer: Offer) -> None:
        if offer.wanted is None:
            self.ask("Replay which task?", self._replay_task, may_be_empty=False)
        else:
            self._replay(offer.wanted)

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


def _is_over(moment: Moment) -> bool:
    """Whether nothing more comes and no time is left; what goes on may be quiet for long."""
    return moment.is_end and moment.position.at >= moment.scope.ended_at


def _place(then: Then) -> tuple[str, int] | None:
    return (then.task.task_id, then.task.iteration) if then.task else None
