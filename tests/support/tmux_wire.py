"""A client of a tmux server that stays: to press a key or look at the screen starts no program."""

from __future__ import annotations

import os
import select
import shlex
import subprocess
import time

_WITHIN_S = 30.0


class Wire:
    """Commands of tmux, one after the other, over its control mode. It takes part in no size."""

    def __init__(self, server: str) -> None:
        """Attach to `server`, which has one session.

        Raises:
            AssertionError: there is no such server.
        """
        surroundings = {name: value for name, value in os.environ.items() if name != "TMUX"}
        self._program = subprocess.Popen(
            ["tmux", "-u", "-L", server, "-C", "attach", "-f", "ignore-size,no-output"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=surroundings,
            bufsize=0,
        )
        self._unread = b""
        self._reply(["attach"])

    def ask(self, *words: str) -> str:
        """What one command prints. No word holds a line break.

        Raises:
            AssertionError: the command failed, or the server is not there any more.
        """
        assert self._program.stdin is not None
        try:
            self._program.stdin.write(f"{shlex.join(words)}\n".encode())
        except OSError as error:
            raise AssertionError(f"tmux {words}: {error}") from error
        return self._reply(words)

    def close(self) -> None:
        """Take the client away: asked to go, it waits for ever if the server has more to say."""
        self._program.kill()
        self._program.wait()
        for stream in (self._program.stdin, self._program.stdout):
            assert stream is not None
            stream.close()

    def _reply(self, words: object) -> str:
        """Between `%begin` and what ends with the same numbers; what is told unasked is dropped."""
        begin = b""
        lines: list[bytes] = []
        while True:
            line = self._line(words)
            kind, _, numbers = line.partition(b" ")
            if begin and numbers == begin and kind in (b"%end", b"%error"):
                said = b"".join(each + b"\n" for each in lines).decode("utf-8", "replace")
                assert kind == b"%end", f"tmux {words}: {said}"
                return said
            if begin:
                lines.append(line)
            elif kind == b"%begin":
                begin = numbers

    def _line(self, words: object) -> bytes:
        assert self._program.stdout is not None
        latest = time.monotonic() + _WITHIN_S
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self._program.stdout], [], [], latest - time.monotonic())
            more = os.read(self._program.stdout.fileno(), 1 << 16) if ready else b""
            assert more, f"tmux {words}: {'no more is said' if ready else 'no answer in time'}"
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return line
