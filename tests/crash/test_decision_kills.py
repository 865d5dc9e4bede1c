"""Writers of the decision log that are killed at any moment; the long form is a benchmark."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.audit.decision_log import DecisionLog
from engine.domain.decision import DecisionKind
from tests.integration.test_audit_decision_log import DECISION

PROJECT = Path(__file__).parents[2]
WRITER = """
import os, sys
from dataclasses import replace
from pathlib import Path
from engine.audit.decision_log import DecisionLog
from engine.domain.decision import DecisionKind
from tests.integration.test_audit_decision_log import DECISION

log = DecisionLog(Path(sys.argv[1]), witness=Path(sys.argv[2]))
for number in range(100_000):
    kind = DecisionKind.GUARDRAIL if number % 3 == 0 else DecisionKind.ROUTING
    value = f"{sys.argv[3]}/{number}"
    log.record(replace(DECISION, task_id=f"fix-{number % 5}", kind=kind, value=value))
    os.write(1, value.encode() + b"\\n")
"""


@pytest.mark.slow
def test_nothing_that_was_told_of_is_lost_and_nothing_is_out_of_order(tmp_path: Path) -> None:
    folder, own, told = tmp_path / "decisions", tmp_path / "own", set[str]()
    for life in range(4):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(folder), str(own), f"{life}.{one}"],
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
            )
            for one in range(2)
        ]
        for writer, lines in zip(writers, (23 + life, 31), strict=True):
            assert writer.stdout is not None
            told |= {writer.stdout.readline().decode().strip() for _ in range(lines)}
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            output, _ = writer.communicate()
            told |= {line for line in output.decode().split("\n")[:-1] if line}

    log = DecisionLog(folder, witness=own)
    log.archive(None, before="", at=DECISION.at, repo="shop", by="ana")

    decisions, warnings = log.read_all()
    found = {one.value for one in decisions if one.kind is not DecisionKind.LOG}
    assert told - found == set()
    assert (warnings, log.verify()) == ([], [])
