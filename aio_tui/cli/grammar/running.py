"""Runs: begun, looked at, stopped; and single verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aio_tui.cli.grammar.leaves import add_bandwidth, always, leaf, port_number, positive

_FOLDER = "where (default: the demo that was left at work, else a new one)"


def add_running(commands: Any) -> None:
    """`run`, `status`, `stop`, `undo`, `service`, `demo`, `serve` and `verify`."""
    run = leaf(commands, "run", "run:run", "work on the queue")
    run.add_argument("--headless", action="store_true", help="without the cockpit")
    run.add_argument("--plain", action="store_true", help="lines of text instead of screens")
    add_bandwidth(run)
    run.add_argument("--detach", action="store_true", help="in the background, without a cockpit")
    run.add_argument(
        "--stay", action="store_true", help="wait for new tasks and answers until told to stop"
    )
    run.add_argument(
        "--wait",
        action="store_true",
        help="with --headless: wait for answers instead of ending with exit code 3",
    )
    run.add_argument(
        "--wait-for",
        type=positive,
        metavar="SECONDS",
        help="as --wait, but so long at most, from the newest question on",
    )
    run.add_argument("--max-iterations", type=positive, metavar="N", help="over all tasks")
    run.add_argument("--max-tasks", type=positive, metavar="N", help="different tasks to begin")
    run.add_argument("--task-id", metavar="ID", help="only this task")
    run.add_argument("--parallel", type=positive, metavar="N", help="tasks at once")

    leaf(
        commands,
        "status",
        "status:status",
        "whether a run goes on, and what it waits for",
        looks=always,
    )

    stop = leaf(commands, "stop", "run:stop", "end the run at the next safe point of each task")
    stop.add_argument("--now", action="store_true", help="give up running iterations")
    stop.add_argument(
        "--reason",
        metavar="TEXT",
        help="with --now: halt everything, merges too, until 'task resume --all'",
    )
    undo = leaf(commands, "undo", "undo:undo", "take back your last order, within 30 seconds")
    undo.add_argument("order_id", nargs="?", metavar="ORDER_ID", help="another one than your last")
    leaf(
        commands,
        "service",
        "service:service",
        "print a systemd unit for a run",
        json=False,
        looks=always,
    )

    demo = leaf(commands, "demo", "demo:demo", "a sample repository and a scripted model")
    demo.add_argument("--headless", action="store_true", help="without the cockpit")
    demo.add_argument("--plain", action="store_true", help="lines of text instead of screens")
    add_bandwidth(demo)
    demo.add_argument("--folder", type=Path, metavar="PATH", help=_FOLDER)

    _add_serve(commands)
    _add_verify(commands)


def _add_serve(commands: Any) -> None:
    serve = leaf(
        commands, "serve", "serve:serve", "the cockpit in a browser", json=False, looks=always
    )
    serve.add_argument("--port", type=port_number, default=8642, metavar="N", help="0: a free one")
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen")
    serve.add_argument(
        "--allow-remote", action="store_true", help="an address that other machines can reach"
    )


def _add_verify(commands: Any) -> None:
    verify = leaf(commands, "verify", "verify:verify", "let Ralph judge a task or a branch")
    verify.add_argument("task_id", nargs="?", metavar="TASK_ID")
    verify.add_argument("--base", metavar="REF", help="judge the current branch against REF")
    verify.add_argument(
        "--head", metavar="REF", help="judge this instead of what is checked out (with --base)"
    )
    verify.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="TEST",
        help="must be green (with --base); repeatable",
    )
    verify.add_argument(
        "--type",
        metavar="TYPE",
        help="what the change is (with --base): bugfix (default), codequality, testfix, feature, "
        "test",
    )
    verify.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="GLOB",
        help="paths that the change may touch (with --base); repeatable; default: all",
    )
    verify.add_argument(
        "--recheck",
        action="store_true",
        help="run the checks again though a proof is kept, and say whether the outcome is the same",
    )
