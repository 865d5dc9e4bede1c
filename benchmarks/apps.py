"""The programs that are measured in a terminal, as texts for `python -c`."""

from __future__ import annotations

_MOCK = """
import asyncio, os
from textual.app import App
from textual.containers import Horizontal
from textual.widgets import DataTable, Footer, Header, RichLog
from benchmarks.stream import sayings
COLUMNS = ("state", "task", "what it is about", "iter.", "verdict", "age")
class Mock(App):
    BINDINGS = [(key, "nothing", f"does {key}") for key in "abcdefgh"]
    def compose(self):
        yield Header()
        with Horizontal():
            yield DataTable(cursor_type="row")
            yield RichLog()
        yield Footer()
    def on_mount(self):
        self.table, self.log_view = self.query_one(DataTable), self.query_one(RichLog)
        for name in COLUMNS:
            self.table.add_column(name, key=name)
        for row in range(200):
            cells = ("ready", f"task-{row}", "mend what is wrong", "0", "-", "1m")
            self.table.add_row(*cells, key=str(row))
        self.log_view.write("first")
        if each := int(os.environ.get("BENCH_EACH_PER_S", "0")):
            self.run_worker(self.show(each))
    async def show(self, each):
        async for count, number, words, _ in sayings(agents=10, per_second=each):
            self.table.update_cell(str(number), "what it is about", words)
            self.log_view.write(f"{count} {words}")
Mock().run()
"""

CHILDREN = {
    "minimal": """
from textual.app import App
from textual.widgets import DataTable, RichLog
class Minimal(App):
    def compose(self):
        yield DataTable()
        yield RichLog()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("state", "task")
        table.add_row("ready", "first")
        self.query_one(RichLog).write("first")
Minimal().run()
""",
    "mock": _MOCK,
    "cockpit": """
from aio_tui.cli.main import collect_seldom
collect_seldom()
from aio_tui.app import Cockpit
from tests.support.scene import busy_face
Cockpit(busy_face(), operator="bench").run()
""",
    "program": """
import os, sys
from aio_tui.cli.main import main
sys.exit(main(["--repo", os.environ["BENCH_REPO"]]))
""",
    "stream": """
import asyncio, os
from aio_tui.cli.main import collect_seldom
collect_seldom()
from aio_tui.app import Cockpit
from benchmarks.stream import streaming_face, stream
face = streaming_face(agents=10)
each = int(os.environ["BENCH_EACH_PER_S"])
async def main():
    streaming = asyncio.ensure_future(stream(face, agents=10, per_second=each))
    most = int(os.environ.get("BENCH_BANDWIDTH", "0")) or None
    await Cockpit(face, operator="bench", bytes_a_second=most).run_async()
    streaming.cancel()
asyncio.run(main())
""",
    "producer": """
import asyncio, os
from benchmarks.stream import streaming_face, stream
face = streaming_face(agents=10)
print("begun", flush=True)
asyncio.run(stream(face, agents=10, per_second=int(os.environ["BENCH_EACH_PER_S"])))
""",
}
"""By name. `producer` says to nobody what `stream` shows; `mock` shows it too, as one would without
a thought, if `BENCH_EACH_PER_S` is set.
"""
