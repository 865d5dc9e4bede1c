"""The command line's grammar. Commands name the function that does them, imported when chosen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Container
from functools import cache
from pathlib import Path
from typing import Any


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"aio-tui {version('aio-tui')}\n")
        parser.exit()


class _Unnamed:
    """Stands for a command that the command line does not name: it is listed, and has nothing that
    takes time to build.
    """

    def add_argument(self, *_: Any, **__: Any) -> None: ...

    def set_defaults(self, **_: Any) -> None: ...

    def add_mutually_exclusive_group(self, **_: Any) -> _Unnamed:
        return self

    def add_subparsers(self, **_: Any) -> _Unnamed:
        return self

    def add_parser(self, *_: Any, **__: Any) -> _Unnamed:
        return self


def _named_in(words: Container[str]) -> type[argparse.ArgumentParser]:
    """Parsers of commands that are among the words, and of those below them."""

    class Named(argparse.ArgumentParser):
        def __new__(cls, *, prog: str, **_: Any) -> Any:
            return super().__new__(cls) if prog.rpartition(" ")[2] in words else _Unnamed()

    return Named


def build_parser(words: Container[str]) -> argparse.ArgumentParser:
    """The grammar for a command line of these words; every leaf sets `command` to
    `module:function`. Building all of it would take a tenth of a start.
    """
    parser = argparse.ArgumentParser(
        prog="aio-tui",
        description="Let coding agents work on a repository for hours, and trust the result.",
        parents=[_common(default=True)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    parser.add_argument(
        "--or-demo",
        action="store_true",
        help="open the demo if there is no model key and the queue is empty",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="look at the run and give no orders"
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="lines of text instead of screens: for screen readers and simple terminals",
    )
    _add_bandwidth(parser)
    parser.add_argument(
        "--detach", action="store_true", help="start the run in the background, without the cockpit"
    )
    parser.set_defaults(command="cockpit:open_cockpit")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_named_in(words))
    _add_running(commands)
    _add_discovery(commands)
    _add_merging(commands)
    _add_setup(commands)
    _add_tasks(commands)
    _add_escalations(commands)
    _add_notify(commands)
    _add_contracts(commands)
    _add_branching(commands)
    _add_records(commands)
    _add_hipaa(commands)
    return parser


@cache
def _common(*, default: bool = False) -> argparse.ArgumentParser:
    """Options that stand before or after the command."""
    unset: Any = argparse.SUPPRESS
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--repo",
        type=Path,
        default=Path() if default else unset,
        metavar="PATH",
        help="the target repository (default: the current folder)",
    )
    common.add_argument(
        "--project",
        default=None if default else unset,
        metavar="NAME",
        help="its name (default: from the configuration, or the folder)",
    )
    common.add_argument(
        "--debug",
        action="store_true",
        default=False if default else unset,
        help="show a traceback with an error",
    )
    return common


def _leaf(
    commands: Any, name: str, command: str, text: str, *, json: bool = True
) -> argparse.ArgumentParser:
    leaf: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, parents=[_common()], allow_abbrev=False
    )
    leaf.set_defaults(command=command)
    if json:
        leaf.add_argument("--json", action="store_true", help="print one JSON document")
    return leaf


def _group(commands: Any, name: str, text: str) -> Any:
    group = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    return group.add_subparsers(metavar="ACTION", required=True)


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return speed


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number


def _add_running(commands: Any) -> None:
    run = _leaf(commands, "run", "run:run", "work on the queue")
    run.add_argument("--headless", action="store_true", help="without the cockpit")
    run.add_argument("--plain", action="store_true", help="lines of text instead of screens")
    _add_bandwidth(run)
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
        type=_positive,
        metavar="SECONDS",
        help="as --wait, but so long at most, from the newest question on",
    )
    run.add_argument("--max-iterations", type=_positive, metavar="N", help="over all tasks")
    run.add_argument("--max-tasks", type=_positive, metavar="N", help="different tasks to begin")
    run.add_argument("--task-id", metavar="ID", help="only this task")
    run.add_argument("--parallel", type=_positive, metavar="N", help="tasks at once")

    _leaf(commands, "status", "status:status", "whether a run goes on, and what it waits for")

    stop = _leaf(commands, "stop", "run:stop", "end the run at the next safe point of each task")
    stop.add_argument("--now", action="store_true", help="give up running iterations")
    stop.add_argument(
        "--reason",
        metavar="TEXT",
        help="with --now: halt everything, merges too, until 'task resume --all'",
    )
    undo = _leaf(commands, "undo", "undo:undo", "take back your last order, within 30 seconds")
    undo.add_argument("order_id", nargs="?", metavar="ORDER_ID", help="another one than your last")
    _leaf(commands, "service", "service:service", "print a systemd unit for a run", json=False)

    demo = _leaf(commands, "demo", "demo:demo", "a sample repository and a scripted model")
    demo.add_argument("--headless", action="store_true", help="without the cockpit")
    demo.add_argument("--plain", action="store_true", help="lines of text instead of screens")
    _add_bandwidth(demo)
    demo.add_argument("--folder", type=Path, metavar="PATH", help="where (default: a new one)")

    _add_serve(commands)
    _add_verify(commands)


def _add_serve(commands: Any) -> None:
    serve = _leaf(commands, "serve", "serve:serve", "the cockpit in a browser", json=False)
    serve.add_argument("--port", type=int, default=8642, metavar="N", help="0: a free one")
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen")
    serve.add_argument(
        "--allow-remote", action="store_true", help="an address that other machines can reach"
    )
    serve.add_argument("--read-only", action="store_true", help="cockpits that give no orders")


def _add_bandwidth(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bandwidth",
        type=_bandwidth,
        metavar="RATE",
        help="send the terminal at most so many bytes a second, such as 8k",
    )


def _bandwidth(text: str) -> int:
    from aio_tui.thrift import bytes_per_second

    return bytes_per_second(text)


def _add_verify(commands: Any) -> None:
    verify = _leaf(commands, "verify", "verify:verify", "let Ralph judge a task or a branch")
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


def _add_discovery(commands: Any) -> None:
    discover = _leaf(commands, "discover", "discover:discover", "scan, and queue what is found")
    discover.add_argument("--dry-run", action="store_true", help="say it, and change nothing")
    discover.add_argument("--all", action="store_true", help="known findings too")
    discover.add_argument("--max", type=_positive, metavar="N", help="at most N new tasks")
    discover.add_argument(
        "--accept", action="store_true", help="make the present findings the known ones"
    )


def _add_setup(commands: Any) -> None:
    _leaf(commands, "init", "setup:init", "write the configuration into .aibrain/")
    _leaf(commands, "doctor", "setup:doctor", "check that everything a run needs is there")
    config = _group(commands, "config", "the configuration in force")
    _leaf(config, "show", "setup:config_show", "each value with its source")
    _leaf(commands, "keys", "keys:show", "the keys of the cockpit, as configured", json=False)


def _add_tasks(commands: Any) -> None:
    task = _group(commands, "task", "the work queue")
    add = _leaf(task, "add", "tasks:add", "queue a task")
    add.add_argument("task_id", metavar="ID")
    add.add_argument("description", metavar="TEXT")
    add.add_argument("--type", default="bugfix", help="bugfix, codequality, testfix, feature, test")
    add.add_argument("--test", action="append", default=[], help="a target test; repeatable")
    add.add_argument("--file", action="append", default=[], help="a file it is about; repeatable")
    add.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="GLOB",
        help="paths that the change may touch; repeatable; default: all",
    )
    add.add_argument("--depends-on", action="append", default=[], metavar="ID")
    add.add_argument("--priority", type=int, default=5, help="0 (most urgent) to 9; default 5")
    add.add_argument("--branch", help="default: fix/ID or feature/ID")
    add.add_argument("--backend", help="anthropic, fixer or scripted; default: as configured")
    add.add_argument("--max-iterations", type=_positive, metavar="N")

    listing = _leaf(task, "list", "tasks:show_list", "the tasks, those that need a human first")
    listing.add_argument("--state", action="append", default=[], help="only this state; repeatable")
    listing.add_argument("--all-projects", action="store_true")
    for name, text in (
        ("show", "everything about a task"),
        ("cancel", "end a task; its branch stays"),
        ("retry", "put an ended task back into the queue"),
    ):
        leaf = _leaf(task, name, f"tasks:{name}", text)
        leaf.add_argument("task_id", metavar="ID")
    for name, text in (
        ("pause", "hold a task, or the whole queue, at the next safe point"),
        ("resume", "let a paused task, or the whole queue, go on"),
    ):
        leaf = _leaf(task, name, f"tasks:{name}", text)
        which = leaf.add_mutually_exclusive_group(required=True)
        which.add_argument("task_id", nargs="?", metavar="ID")
        which.add_argument("--all", action="store_true", help="the whole queue")
        if name == "pause":
            leaf.add_argument("--now", action="store_true", help="give up the running iteration")
    prioritize = _leaf(task, "prioritize", "tasks:prioritize", "change how urgent a task is")
    prioritize.add_argument("task_id", metavar="ID")
    prioritize.add_argument("priority", type=int, metavar="0-9")
    steer = _leaf(task, "steer", "tasks:steer", "a note that its next iteration reads")
    steer.add_argument("task_id", metavar="ID")
    steer.add_argument("note", metavar="TEXT")
    message = _leaf(task, "message", "tasks:message", "tell its agent now, at its next step")
    message.add_argument("task_id", metavar="ID")
    message.add_argument("text", metavar="TEXT")
    budget = _leaf(task, "budget", "tasks:budget", "what it may use, also while it runs")
    budget.add_argument("task_id", metavar="ID")
    budget.add_argument("--iterations", type=int, metavar="N", help="so many more, or -N fewer")
    budget.add_argument("--usd", metavar="USD", help="in all; 'default': as configured")
    budget.add_argument("--tokens", metavar="N", help="in all; 'default': no limit")
    agent = _leaf(task, "agent", "tasks:agent", "who works on it from its next iteration on")
    agent.add_argument("task_id", metavar="ID")
    agent.add_argument("--backend", metavar="NAME", help="'default': as configured")
    agent.add_argument("--model", metavar="NAME", help="'default': as configured")
    take = _leaf(task, "take", "taking:take", "a shell in its worktree; agents leave it alone")
    take.add_argument("task_id", metavar="ID")
    take.add_argument("--no-shell", action="store_true", help="only print where the worktree is")
    hand_back = _leaf(task, "hand-back", "taking:hand_back", "let agents go on with your work")
    hand_back.add_argument("task_id", metavar="ID")
    hand_back.add_argument("--note", default="", metavar="TEXT", help="for the next iteration")
    override = _leaf(task, "override", "tasks:override", "your verdict instead of the engine's")
    override.add_argument("task_id", metavar="ID")
    override.add_argument("verdict", choices=["PASS", "FAIL"])
    override.add_argument("--reason", required=True)
    for name, text in (
        ("import", "queue the tasks of a JSON file"),
        ("export", "write the queue as a JSON file"),
    ):
        leaf = _leaf(task, name, f"tasks:{name}_queue", text)
        leaf.add_argument("file", nargs="?", type=Path, help="tasks/work_queue_PROJECT.json")


def _add_escalations(commands: Any) -> None:
    escalations = _group(commands, "escalations", "what waits for your answer")
    listing = _leaf(escalations, "list", "escalations:show_list", "the open ones")
    listing.add_argument("--all", action="store_true", help="answered ones too")
    show = _leaf(escalations, "show", "escalations:show", "one with its evidence")
    show.add_argument("escalation_id", metavar="ID")
    approve = _leaf(escalations, "approve", "escalations:approve", "let the action happen")
    approve.add_argument("escalation_id", metavar="ID")
    how = approve.add_mutually_exclusive_group()
    how.add_argument("--for-task", action="store_true", help="and the same rule for its task")
    how.add_argument("--always", action="store_true", help="show the contract rule; see --yes")
    how.add_argument("--edit", metavar="COMMAND", help="let this run instead")
    approve.add_argument("--yes", action="store_true", help="with --always: save the rule")
    approve.add_argument("--reason", default="")
    deny = _leaf(escalations, "deny", "escalations:deny", "refuse; the reason reaches the agent")
    deny.add_argument("escalation_id", metavar="ID")
    deny.add_argument("--reason", required=True)
    deny.add_argument("--pause", action="store_true", help="and hold the task")
    ack = _leaf(escalations, "ack", "escalations:acknowledge", "seen: no more reminders")
    ack.add_argument("escalation_id", metavar="ID")


def _add_notify(commands: Any) -> None:
    notify = _group(commands, "notify", "how you hear of questions when you do not look")
    _leaf(notify, "test", "notify:test", "try every channel, and say what happened")


def _add_contracts(commands: Any) -> None:
    contracts = _group(commands, "contracts", "what agents may do on their own")
    _leaf(contracts, "list", "contracts:show_list", "the contract in force for each role")
    show = _leaf(contracts, "show", "contracts:show", "all that holds for a role")
    show.add_argument("role", metavar="ROLE")
    check = _leaf(contracts, "check", "contracts:check", "whether the files are sound")
    check.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="only these (default: all)"
    )
    explain = _leaf(contracts, "explain", "contracts:explain", "what would happen, by which rule")
    explain.add_argument("role", metavar="ROLE")
    explain.add_argument("action", nargs="?", metavar="COMMAND")
    explain.add_argument(
        "--stdin",
        action="store_true",
        help="one JSON string with a command on each line; answers with one JSON object each",
    )
    explain.add_argument(
        "--no-sandbox", action="store_true", help="as on a machine where no sandbox works"
    )
    replay = _leaf(
        contracts, "replay", "contracts:replay", "what an edited contract would change in the past"
    )
    replay.add_argument(
        "--against",
        type=Path,
        required=True,
        metavar="FILE",
        help="the edited contract, or a folder of contracts",
    )


def _add_merging(commands: Any) -> None:
    merge = _group(commands, "merge", "verified work on its way into the base branch")
    _leaf(merge, "list", "merge:show_list", "where each verified task is on its way")
    approve = _leaf(merge, "approve", "merge:approve", "merge these tasks now")
    approve.add_argument("task_ids", nargs="+", metavar="ID")
    for name, text in (
        ("reject", "refuse verified work; its agent tries again with the reason"),
        ("revert", "undo a merge with a commit on the base branch"),
    ):
        leaf = _leaf(merge, name, f"merge:{name}", text)
        leaf.add_argument("task_id", metavar="ID")
        leaf.add_argument("--reason", required=True)
    discard = _leaf(
        merge, "discard", "merge:discard", "throw away what a task has on its branch, and end it"
    )
    discard.add_argument("task_id", metavar="ID")
    discard.add_argument("--reason", default="")
    _leaf(merge, "run", "merge:run", "work through the merge queue now")
    worktrees = _group(commands, "worktrees", "worktrees and branches of tasks")
    _leaf(worktrees, "list", "worktrees:show_list", "whose they are and what they hold")
    clean = _leaf(worktrees, "clean", "worktrees:clean", "show what may go, or remove it")
    clean.add_argument("--yes", action="store_true", help="remove it")


def _add_branching(commands: Any) -> None:
    replay = _leaf(commands, "replay", "replaying:replay", "a past run or task again, as text")
    replay.add_argument(
        "what", nargs="?", default="last", metavar="WHAT",
        help="a task, the number of a run, last (default), or all",
    )  # fmt: skip
    replay.add_argument("--list", action="store_true", help="the runs with their numbers")
    replay.add_argument(
        "--at", metavar="WHEN", help="how all stood then: +90s, +5m, +2h, or a time (UTC)"
    )
    replay.add_argument(
        "--only", action="append", default=[], choices=["verdict", "escalation", "error"],
        help="only facts of this kind; may be repeated",
    )  # fmt: skip
    how = replay.add_mutually_exclusive_group()
    how.add_argument("--speed", type=_speed, metavar="N", help="in time, N times as fast as it was")
    how.add_argument("--step", action="store_true", help="the next one at each Enter; q ends")
    branch = _leaf(
        commands, "branch", "branching:branch", "a new task that begins at a checkpoint of another"
    )
    branch.add_argument("task_id", metavar="TASK")
    branch.add_argument(
        "--at", type=_positive, metavar="ITERATION", help="default: the newest recorded one"
    )
    branch.add_argument("--say", default="", metavar="TEXT", help="what shall be done otherwise")
    branch.add_argument("--id", default="", metavar="ID", help="default: TASK-atITERATION")
    branch.add_argument("--backend", metavar="NAME", help="'default': as configured")
    branch.add_argument("--model", metavar="NAME", help="'default': as configured")
    compare = _leaf(commands, "compare", "compare:compare", "tasks of one origin side by side")
    compare.add_argument(
        "task_ids", nargs="+", metavar="TASK", help="one: with all that branched from it"
    )
    compare.add_argument("--diff", action="store_true", help="what differs at the ends, in full")


def _add_records(commands: Any) -> None:
    report = _leaf(commands, "report", "report:report", "what happened while nobody looked")
    report.add_argument(
        "--since",
        metavar="WHEN",
        help="8h, 30m, 2d, a time, or all (default: since the last run began)",
    )
    form = report.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as markdown")
    form.add_argument("--html", action="store_true", help="as one HTML page")
    report.add_argument("--out", type=Path, metavar="FILE", help="write it there")
    search = _leaf(
        commands,
        "search",
        "search:search",
        "find words in tasks, decisions, knowledge, transcripts",
    )
    search.add_argument("text", metavar="TEXT", help='all words must be there; quotes: "as one"')
    search.add_argument(
        "--limit", type=_positive, default=50, metavar="N", help="of each kind; default 50"
    )
    search.add_argument(
        "--seconds",
        type=_positive,
        default=10,
        metavar="S",
        help="how long files of each kind are looked through; default 10",
    )
    metrics = _leaf(commands, "metrics", "metrics:metrics", "cost, verdicts, waiting, checks")
    metrics.add_argument(
        "--since", default="all", metavar="WHEN", help="8h, 30m, 2d, a time, or all (default)"
    )
    decisions = _group(commands, "decisions", "the audit trail")
    show = _leaf(decisions, "show", "decisions:show", "who decided what and why")
    show.add_argument("task_id", nargs="?", metavar="TASK_ID", help="default: all tasks")
    show.add_argument("--kind", action="append", default=[], help="such as MERGE; may be repeated")
    show.add_argument("--by", metavar="WHO", help="only what this one decided")
    show.add_argument("--since", metavar="WHEN", help="an ISO date or time; UTC without a zone")
    show.add_argument("--limit", type=int, metavar="N", help="the newest N")
    verify = _leaf(
        decisions, "verify", "decisions:verify", "check that no line was changed or removed"
    )
    verify.add_argument(
        "--holds",
        action="append",
        default=[],
        metavar="HASH",
        help="also check that this hash, noted earlier as the newest, is in the log",
    )
    replay = _leaf(decisions, "replay", "replay:replay", "how a task came to its state")
    replay.add_argument("task_id", metavar="TASK_ID")
    archive = _leaf(decisions, "archive", "decisions:archive", "move files that are complete away")
    archive.add_argument("task_ids", nargs="*", metavar="TASK_ID", help="default: ended tasks")
    anew = _leaf(
        decisions, "begin-anew", "decisions:begin_anew", "go on without what is known to be gone"
    )
    anew.add_argument("--reason", required=True, help="why; it is recorded with your name")


def _add_hipaa(commands: Any) -> None:
    compliance = _group(commands, "compliance", "whether personal data is safe here")
    report = _leaf(compliance, "report", "compliance:report", "try every control, and tell")
    report.add_argument("--out", type=Path, metavar="FILE", help="write it there")

    state = _group(commands, "state", "the key that state is sealed with, and what is sealed")
    new_key = _leaf(state, "new-key", "state:new_key", "make a key file, outside of repositories")
    new_key.add_argument("file", type=Path, metavar="FILE")
    rekey = _leaf(state, "rekey", "state:rekey", "let another key open the state from now on")
    rekey.add_argument("key_file", type=Path, metavar="NEW_KEY_FILE")
    _leaf(state, "seal", "state:seal", "seal what was written before [hipaa] was enabled")
    reveal = _leaf(state, "reveal", "state:reveal", "print a sealed file as it reads", json=False)
    reveal.add_argument("file", type=Path, metavar="FILE")
