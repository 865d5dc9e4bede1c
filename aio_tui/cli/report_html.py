"""The report as one HTML page: no script, nothing from elsewhere, readable in the dark."""

from __future__ import annotations

from html import escape

from aio_tui.cli.report_text import (
    asking,
    chapter_title,
    figures,
    headline,
    left_out,
    money,
    not_begun,
    not_named,
    period,
    step,
    wasted,
)
from aio_tui.text import clean
from engine.ports.report import Chapter, Report, ReportedQuestion, ReportedTask

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h2 {{ margin-top: 2rem; }}
article {{ border-left: 0.25rem solid; padding: 0 0 0 0.75rem; margin: 1rem 0; }}
p {{ margin: 0.25rem 0; overflow-wrap: anywhere; }}
code {{ overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p><strong>{headline}</strong></p>
<p>{money}</p>
{body}
</body>
</html>
"""


def as_html(told: Report) -> str:
    """A whole page; text from outside is text."""
    parts = []
    if told.questions:
        parts.append("<h2>Questions for you</h2>")
        parts += [_question(asked) for asked in told.questions]
    for chapter in Chapter:
        tasks = [task for task in told.tasks if task.chapter is chapter]
        if tasks:
            parts.append(f"<h2>{_text(chapter_title(told, chapter))}</h2>")
            parts += [_task(task) for task in tasks]
        if more := not_named(told, chapter):
            parts.append(f"<p>{_text(more)}</p>")
    parts += [f"<p>{_text(more)}</p>" for more in (not_begun(told), left_out(told)) if more]
    if told.guardrails:
        fired = ", ".join(f"{rule} {count}x" for rule, count in told.guardrails)
        parts += ["<h2>Guardrails that asked</h2>", f"<p>{_text(fired)}</p>"]
    if told.warnings:
        parts.append("<h2>Warnings</h2>")
        parts += [f"<p>{_text(text)}</p>" for text in told.warnings]
    return _PAGE.format(
        title=_text(f"{told.project}, {period(told)}"),
        headline=_text(headline(told)),
        money=_text(money(told)),
        body="\n".join(parts),
    )


def _question(asked: ReportedQuestion) -> str:
    return (
        f"<article><p><strong>{_text(asked.task_id)}</strong> {_text(asking(asked))}</p>"
        f"<p><code>aio-tui escalations show {_text(asked.escalation_id)}</code></p></article>"
    )


def _task(task: ReportedTask) -> str:
    lines = [f"<strong>{_text(task.item.task_id)}</strong> {_text(task.item.description)}"]
    lines += [_text(figures(task))]
    lines += [_text(text) for text in (task.why, wasted(task)) if text]
    if task.next_step is not None:
        lines.append(f"next: {_text(step(task.next_step))}")
    return "<article>" + "".join(f"<p>{line}</p>" for line in lines) + "</article>"


def _text(text: str) -> str:
    return escape(clean(text))
