"""Programs that show or convert, whose options and file names can reach further."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance.files import CHANGES, looking, running_options
from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene, values_of
from engine.governance.shell_values import Command


def reading_xml(command: Command, scene: Scene) -> Iterator[Finding]:
    """`xmllint`: entities may be fetched; its shell and catalogs reach further."""
    reaches = ("--shell", "--noent", "--load", "--dtdvalid", "--catalogs", "--xinclude", "--path")
    yield from running_options(command, (*reaches, "--memory-"))
    expressions = values_of(command, "--xpath", "--pattern", "--encode", "--format-level")
    kept = tuple(word for word in command.arguments if word not in expressions)
    inner = Command(name="xmllint", arguments=kept)
    yield from looking(output=("-o", "--output"))(inner, scene)


_DIGESTS = (
    "version",
    "dgst",
    "rand",
    "ciphers",
    "list",
    "prime",
    "md5",
    "sha1",
    "sha256",
    "sha512",
)


def digesting(command: Command, scene: Scene) -> Iterator[Finding]:
    """`openssl`: digests, random bytes and certificates to look at; all the rest is asked."""
    verb = command.arguments[0] if command.arguments else ""
    shows = verb in ("x509", "asn1parse", "crl", "verify") and "-signkey" not in command.options
    if verb in ("s_client", "s_server", "s_time", "ocsp"):
        yield finding("network", command.text)
    elif verb not in _DIGESTS and not shows:
        yield finding("inline-code", command.text, "it encrypts, connects or handles keys")
    loads = ("-engine", "-provider", "-config", "-sign", "-hmac", "-mac", "-CAkey", "-key")
    yield from running_options(command, loads)
    inner = Command(name="openssl", arguments=command.arguments[1:])
    yield from looking(output=("-out", "-writerand"))(inner, scene)


_MEDIA_REACHES_OUT = re.compile(r"^[@|]|^-(if|config|execute|listen|f$|i$.*:)|:|\|")


def converting(command: Command, scene: Scene) -> Iterator[Finding]:
    """Converters of pictures and films: their file names may carry a scheme such as `mvg:` or
    `concat:`, and then they read, fetch or run anything.
    """
    yield CHANGES
    odd = [word for word in command.arguments if _MEDIA_REACHES_OUT.search(word)]
    if odd:
        yield finding("inline-code", odd[0], "a converter may read, fetch or run by such a word")
    for path in command.operands[:-1]:
        yield from scene.reads(path)
    for path in command.operands[-1:]:
        yield from scene.writes(path)


def paging(command: Command, scene: Scene) -> Iterator[Finding]:
    """`less`, `more`: without a terminal they print, and nobody is there to type `!sh`."""
    runs = any(word.startswith("+") for word in command.arguments)
    if runs or any(option.startswith(("--lesskey", "-k", "--cmd")) for option in command.options):
        yield finding("interactive", command.text)
    yield from looking(output=("-o", "-O", "--log-file", "--LOG-FILE"))(command, scene)


def watching_processes(command: Command, scene: Scene) -> Iterator[Finding]:
    """`top -b -n1` prints once; without that it waits for keys."""
    del scene
    is_once = command.has_short("b") and command.has_short("n")
    if not is_once and not (command.has_short("l") and not command.has_short("i")):
        yield finding("interactive", command.text)
