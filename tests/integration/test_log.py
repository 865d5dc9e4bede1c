from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from engine.app.log import logging_to

_log = logging.getLogger("some.library")


def test_warnings_go_to_a_private_file(tmp_path: Path) -> None:
    with logging_to(tmp_path / "logs"):
        _log.warning("the server said %r", "no\x1b[2J")
    path = tmp_path / "logs" / "engine.log"
    assert "WARNING some.library: the server said 'no\\x1b[2J'" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_long_log_makes_room_once(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    path.write_bytes(b"x" * 5_000_001)
    with logging_to(tmp_path):
        _log.error("after")
    assert path.stat().st_size < 1000
    assert (tmp_path / "engine.log.1").stat().st_size == 5_000_001


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    with logging_to(tmp_path / "logs"):
        _log.debug("goes on")
    assert (tmp_path / "logs").read_text() == "a file"


def test_a_full_disk_puts_no_traceback_on_the_screen(tmp_path: Path) -> None:
    program = (
        "import logging, pathlib, resource, sys\n"
        "from engine.app.log import logging_to\n"
        "with logging_to(pathlib.Path(sys.argv[1])):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))\n"
        "    logging.getLogger('some.library').error('cannot be kept')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stderr) == (0, b"")
