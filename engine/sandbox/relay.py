"""Inside a sandbox: passes what comes to a port of its loopback on to the engine's gateway.

`relay.py SOCKET PORT PROGRAM ARGUMENT...`: becomes the program, beside a child that relays and ends
with the sandbox. Only the standard library is imported.
"""

from __future__ import annotations

import os
import socket
import sys
import threading


def serve(listener: socket.socket, gateway: str) -> None:
    """Relay each connection, for ever."""
    while True:
        client, _ = listener.accept()
        threading.Thread(target=_relay, args=(client, gateway), daemon=True).start()


def _relay(client: socket.socket, gateway: str) -> None:
    up = socket.socket(socket.AF_UNIX)
    try:
        up.connect(gateway)
    except OSError:
        client.close()
        return
    back = threading.Thread(target=_pump, args=(up, client), daemon=True)
    back.start()
    _pump(client, up)
    back.join()
    up.close()
    client.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def main() -> None:
    """Listen first, so that the program finds somebody there."""
    gateway, port, *argv = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", int(port)))
    if os.fork() == 0:
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(quiet, descriptor)
        serve(listener, gateway)
    listener.close()
    os.execvp(argv[0], argv)  # noqa: S606  that is what it is for


if __name__ == "__main__":
    main()
