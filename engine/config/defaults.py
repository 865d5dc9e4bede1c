"""What `aio-tui init` writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.domain.errors import ConfigError

AIO_TOML = """\
# What aio-tui does in this repository. Every line that is commented out shows the default.
# `aio-tui config show` lists what is in force and where it comes from.

[project]
# name = "my-project"           # default: the name of the folder
# base_branch = "main"          # where task branches start; default: what is checked out
# backend = "anthropic"         # or "fixer", or "scripted"
# parallel = 3                  # tasks at once, 1 to 64
# python = ".venv/bin/python"   # interpreter of the checks; default: detected

# The checks that prove a task. Without any, they are detected from the repository.
# [[checks]]
# name = "pytest"
# kind = "pytest"               # or "ruff", "mypy", "eslint", "tsc", "vitest", "command"
# command = []                  # extra arguments; for "command": what to run
# folder = "packages/core"      # where it runs; default: the top of the repository
# timeout_s = 600               # of the whole check
# test_timeout_s = 60           # of one test, where the check can tell them apart
# format = "exit"               # for "command": or "junit", "sarif", "tap"
# report = "report.xml"         # for "command": the file it writes; default: standard output

[budgets]
# Each is checked before it is spent; "none" means no limit.
# task_cost_usd = 5
# run_cost_usd = 50
# task_wall_clock_s = 14400     # seconds: 4 hours
# run_wall_clock_s = "none"
# iteration_wall_clock_s = 1800 # 30 minutes

[budgets.iterations]
# BugFix = 15
# CodeQuality = 20
# TestFixer = 15
# FeatureBuilder = 50
# TestWriter = 15

[model]
# The key comes from the environment (ANTHROPIC_API_KEY), never from a file.
# model = "claude-sonnet-4-5"
# max_output_tokens = 16000
# max_steps = 60                # model calls in one iteration
# silence_timeout_s = 120       # a stream without a byte for so long is given up
# max_retries = 6
# retry_cap_s = 300             # longest single wait

# A model that is not in the built-in list needs its price before a cost budget can be kept.
# [prices."some-model"]         # US dollars per million tokens
# input = 3.0
# output = 15.0
# cache_read = 0.3
# cache_write = 3.75

[limits]
# tool_timeout_s = 120
# lease_s = 60                  # a worker that is silent for so long loses its task
# max_interruptions = 20        # a task whose process died so often in a row is set aside
# stall_after = 3               # iterations without progress after which a task is stopped

[merge]
# How verified work gets into the base branch: "level" (roles of autonomy level L2 by themselves,
# the others when you say so), "approval", "auto", or "pull-request" (through the `gh` command).
# policy = "level"
# method = "rebase"             # or "merge": a merge commit for each task
# batch = 40                    # most tasks verified together: 5 at first, more while they hold
# undo_window_s = 5             # so long a merge ordered in the cockpit waits, to be taken back

# Programs of yours around what happens; see docs/hooks.md. They get JSON on standard input; one
# called before may deny with exit code 2 and a reason on standard error.
# [[hooks]]
# name = "no-migrations"
# point = "before-tool"         # or before-/after- with tool, iteration, verdict, merge
# command = [".aibrain/hooks/no-migrations"]
# timeout_s = 10                # one called before that does not answer has denied
# tools = ["write_file"]        # or "run_command", "read_file"; default: all
# roles = ["BugFix"]            # default: all

[hipaa]
# Personal data is taken out of all that is written and sent, and the state is sealed.
# enabled = true
# key_file = "~/shop.key"       # made with `aio-tui state new-key`; not in the repository
# key_command = []              # or: what prints the key, such as ["pass", "show", "shop"]

# [hipaa.patterns]              # what else identifies a person here, by kind
# badge = 'BADGE-[0-9]{6}'

[sandbox]
# What holds the programs of agents: "auto" (bubblewrap where it works here), "bubblewrap" (nothing
# less: without it no task runs), or "off" (they run with your rights). See docs/sandbox.md.
# mode = "auto"
# memory_mb = 8192              # of one process
# processes = 4096              # of one command at once
# file_mb = 4096                # of one file

[escalations]
# Questions that nobody answers: "wait", or after a time "deny" (the agent is told) or "park" (the
# agent is let go, the question stays). One severity may differ. See docs/inbox.md.
# no_answer = "wait"
# after_s = 3600                # an hour
# low = "deny"                  # likewise medium, high, critical
# run_waits_s = 43200           # so long a run that you left waits for answers; 0: not at all
# take_over_waits_s = 3600      # and for a task taken over, once nobody is in its worktree any more

[notifications]
# When nobody looks; `aio-tui notify test` tries them. Apprise URLs (chat, mail, webhooks) come from
# the environment or a file that only you can read, never from here.
# bell = true
# terminal = "auto"             # or "osc9", "osc777", "osc99", "off"
# desktop = true                # notify-send, where it is
# command = []                  # a program that gets JSON on its standard input
# apprise_env = "AIO_TUI_NOTIFY_URLS"
# apprise_file = "~/.config/aio-tui/notify"
# after_s = 20                  # a question waits so long before anybody is told
# every_s = 60                  # at most one notice in this time
# again_after_s = 900           # first reminder; the next ones wait twice as long each
# away_s = 120                  # nobody is told while a key was pressed in a cockpit
# timeout_s = 10                # of one channel
# questions = true              # tell them; likewise blocked, failed, budget (spent), run_end
# least = "low"                 # severity from which on questions and news are told
# quiet = "22:00-07:00"         # local time; default: none
# quiet_least = "critical"      # told all the same; or "none"

[cockpit]
# How the cockpit looks. theme: "auto" (by NO_COLOR and TERM), "dark", "light", "high-contrast",
# "colour-blind", "16-colours" or "no-colour".
# theme = "auto"
# glyphs = "auto"               # or "unicode", "ascii"; "auto" looks at the locale and TERM
# motion = "auto"               # or "full", "reduced": what changes is drawn once a second

[keys]
# Other keys for commands of the cockpit, instead of those in docs/keys.md; names as
# `aio-tui --plain` lists them with `help`.
# approve_once = ["y"]

[scripted]
# script = "script.json"        # the conversation that the scripted backend replays; if it names a
#                               # model, its words are counted at that price, and never paid
"""

GITIGNORE = """\
# Run-time state stays out of git; configuration, contracts and approved knowledge belong in it.
/state/
/session-*.md
/archive/
/decisions/
/knowledge/drafts/
/knowledge/quarantine/
/knowledge/archive/
"""

_FILES: Mapping[str, str] = {"aio.toml": AIO_TOML, ".gitignore": GITIGNORE}


def write_default(repo: Path) -> Path:
    """Write what is missing of the default files; the path of `aio.toml`, new or not.

    Raises:
        ConfigError: the folder cannot be written.
    """
    write_missing(repo)
    return repo.resolve() / ".aibrain" / "aio.toml"


def write_missing(repo: Path) -> tuple[Path, ...]:
    """Write the default files that are not there; those it wrote. Nothing is overwritten.

    Raises:
        ConfigError: the folder cannot be written.
    """
    brain = repo.resolve() / ".aibrain"
    try:
        brain.mkdir(exist_ok=True)
        return tuple(
            brain / name for name, text in _FILES.items() if _write_new(brain / name, text)
        )
    except OSError as error:
        raise ConfigError(
            f"{error.filename or brain}: cannot be written ({error.strerror})",
            hint="check that the repository's folder exists and is writable",
        ) from error


def _write_new(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True
