"""What happened: reports, search, figures, the audit trail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aio_tui.cli.grammar.leaves import always, group, leaf, positive, without_option


def add_records(commands: Any) -> None:
    """`report`, `search`, `metrics` and `decisions`."""
    report = leaf(
        commands,
        "report",
        "report:report",
        "what happened while nobody looked",
        looks=without_option("out"),
    )
    report.add_argument(
        "--since",
        metavar="WHEN",
        help="8h, 30m, 2d, a time, or all (default: since the last run began)",
    )
    form = report.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as markdown")
    form.add_argument("--html", action="store_true", help="as one HTML page")
    report.add_argument(
        "--every-task",
        action="store_true",
        help="name them all (default: 50 of each chapter, 500 with --json; all are counted)",
    )
    report.add_argument("--out", type=Path, metavar="FILE", help="write it there")
    search = leaf(
        commands,
        "search",
        "search:search",
        "find words in tasks, decisions, knowledge, transcripts",
        looks=always,
    )
    search.add_argument(
        "words", nargs="+", metavar="TEXT", help="all words must be there; '\"these as one\"'"
    )
    search.add_argument(
        "--limit", type=positive, default=50, metavar="N", help="of each kind; default 50"
    )
    search.add_argument(
        "--seconds",
        type=positive,
        default=10,
        metavar="S",
        help="how long files of each kind are looked through; default 10",
    )
    metrics = leaf(
        commands, "metrics", "metrics:metrics", "cost, verdicts, waiting, checks", looks=always
    )
    metrics.add_argument(
        "--since", default="all", metavar="WHEN", help="8h, 30m, 2d, a time, or all (default)"
    )
    decisions = group(commands, "decisions", "the audit trail")
    show = leaf(decisions, "show", "decisions:show", "who decided what and why", looks=always)
    show.add_argument("task_id", nargs="?", metavar="TASK_ID", help="default: all tasks")
    show.add_argument("--kind", action="append", default=[], help="such as MERGE; may be repeated")
    show.add_argument("--by", metavar="WHO", help="only what this one decided")
    show.add_argument("--since", metavar="WHEN", help="an ISO date or time; UTC without a zone")
    show.add_argument("--limit", type=int, metavar="N", help="the newest N")
    verify = leaf(
        decisions,
        "verify",
        "decisions:verify",
        "check that no line was changed or removed",
        looks=always,
    )
    verify.add_argument(
        "--holds",
        action="append",
        default=[],
        metavar="HASH",
        help="also check that this hash, noted earlier as the newest, is in the log",
    )
    replay = leaf(
        decisions, "replay", "replay:replay", "how a task came to its state", looks=always
    )
    replay.add_argument("task_id", metavar="TASK_ID")
    archive = leaf(decisions, "archive", "decisions:archive", "move files that are complete away")
    archive.add_argument("task_ids", nargs="*", metavar="TASK_ID", help="default: ended tasks")
    anew = leaf(
        decisions, "begin-anew", "decisions:begin_anew", "go on without what is known to be gone"
    )
    anew.add_argument("--reason", required=True, help="why; it is recorded with your name")
