"""Engine overhead per step of one conversation, over real sockets, model and tool excluded.

The gap between the server's last byte of a reply and the last byte of the next request, as the
server sees it. The tool answers at once. The floor is a loop on http.client that encodes the whole
history anew at each step; both talk to the same kind of server in another process.

With PEER_PYTHON, an interpreter that has mini-swe-agent, its loop takes its turn as well, with its
own model class on the same server and a tool that answers at once.

Run: python -m benchmarks.agent_step [STEPS]
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.agents.anthropic_agent import AnthropicAgent
from engine.domain.ids import TaskId
from engine.domain.settings import ModelSettings
from engine.domain.work import AgentRole
from engine.ports.agent import AgentTurn, ToolCall, ToolResult

OUTPUT = "".join(f"{number:04d} some line of output\n" for number in range(80))
PROMPT = "Task id: bench\nIteration: 1\nDo it."


class _WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _InstantTools:
    async def call(self, call: ToolCall) -> ToolResult:
        return ToolResult(call_id=call.call_id, output=OUTPUT, is_error=False)


@contextmanager
def server(steps: int) -> Iterator[int]:
    """Port of a server in another process that asks for `steps` tool calls."""
    script = {"tasks": {"bench": {"iterations": [{"steps": [{"bash": "true"}] * steps}]}}}
    with tempfile.TemporaryDirectory() as folder:
        path, port_file = Path(folder, "script.json"), Path(folder, "port")
        path.write_text(json.dumps(script))
        module = [sys.executable, "-m", "tests.support.messages_api"]
        command: list[str | Path] = [*module, "--script", path, "--port-file", port_file]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            yield int(port_file.read_text())
            process.terminate()


def gaps_ms(port: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/recorded")
    told = json.load(connection.getresponse())
    connection.close()
    return [
        (after["arrived_s"] - before["answered_s"]) * 1000
        for before, after in itertools.pairwise(told)
    ]


def run_engine(port: int, steps: int) -> None:
    asyncio.run(_run_engine(port, steps))


async def _run_engine(port: int, steps: int) -> None:
    environ = {"ANTHROPIC_API_KEY": "local", "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}"}
    agent = AnthropicAgent(
        ModelSettings(max_steps=steps + 1),
        {},
        _WallClock(),
        environ=environ,
        random=random.random,
        context_tokens=10**9,
    )
    turn = AgentTurn(
        task_id=TaskId("bench"),
        project="bench",
        role=AgentRole.BUG_FIX,
        iteration=1,
        system="You are a benchmark.",
        prompt=PROMPT,
        worktree=Path(),
        may_spend_usd=None,
    )
    nobody: Any = None
    async for _ in agent.run(turn, _InstantTools(), nobody):
        pass
    await agent.close()


def run_floor(port: int, steps: int) -> None:
    """No SDK, no checks: send everything, read the stream, append."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    messages: list[dict[str, Any]] = [{"role": "user", "content": PROMPT}]
    for _ in range(steps + 1):
        body = json.dumps({"model": "m", "max_tokens": 1, "messages": messages, "stream": True})
        connection.request("POST", "/v1/messages", body, {"x-api-key": "local"})
        lines = connection.getresponse().read().decode().splitlines()
        events = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
        calls = [each for each in events if each["type"] == "content_block_start"]
        if not calls or calls[-1]["content_block"]["type"] != "tool_use":
            break
        block = {**calls[-1]["content_block"], "input": {"command": "true"}}
        messages.append({"role": "assistant", "content": [block]})
        result = {"type": "tool_result", "tool_use_id": block["id"], "content": OUTPUT}
        messages.append({"role": "user", "content": [result]})
    connection.close()


_PEER = """
import sys
from minisweagent.agents.default import DefaultAgent
from minisweagent.models.litellm_model import LitellmModel

class Instant:
    config = None
    def execute(self, action, *arguments, **named):
        return {"output": sys.argv[3], "returncode": 0, "exception_info": ""}
    def get_template_vars(self, **named):
        return {}
    def serialize(self):
        return {}

model = LitellmModel(
    model_name="anthropic/claude-sonnet-4-5",
    model_kwargs={"api_base": f"http://127.0.0.1:{sys.argv[1]}", "api_key": "local"},
    cost_tracking="ignore_errors",
)
DefaultAgent(
    model, Instant(), system_template="You are a benchmark.", instance_template="{{task}}",
    step_limit=int(sys.argv[2]), cost_limit=0,
).run(task=sys.argv[4])
"""


def run_peer(port: int, steps: int) -> None:
    """The peer's own loop, in its own process."""
    command = [os.environ["PEER_PYTHON"], "-c", _PEER, str(port), str(steps), OUTPUT, PROMPT]
    quiet = {"MSWEA_SILENT_STARTUP": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, **quiet, "HOME": home}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def measure(name: str, loop: Callable[[int, int], None], steps: int) -> list[float]:
    with server(steps) as port:
        begun_s = time.process_time()
        loop(port, steps)
        cpu_ms = (time.process_time() - begun_s) * 1000 / steps
        gaps = gaps_ms(port)
    tenth = max(1, steps // 10)
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spans = {"first 10 %": gaps[1:tenth], "at 50": gaps[40:60], "last 10 %": gaps[-tenth:]}
    told = "  ".join(
        f"{label} {statistics.median(span):6.2f} ms" for label, span in spans.items() if span
    )
    print(f"{name:8} {steps} steps: {told}  cpu {cpu_ms:5.2f} ms/step  peak RSS {rss_mb:.0f} MB")
    return gaps


def main() -> None:
    steps = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdecimal() else 300
    floor = measure("floor", run_floor, steps)
    engine = measure("engine", run_engine, steps)
    if "PEER_PYTHON" in os.environ:
        measure("mini-swe", run_peer, steps)
    tenth = max(1, steps // 10)
    ratio = statistics.median(engine[-tenth:]) / statistics.median(floor[-tenth:])
    print(f"engine / floor over the last 10 %: {ratio:.2f}")


if __name__ == "__main__":
    main()
