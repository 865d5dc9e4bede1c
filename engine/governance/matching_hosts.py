"""Network hosts in the words of a command."""

from __future__ import annotations

import re

from engine.governance.shell_values import Command

_URL = re.compile(r"https?://([A-Za-z0-9.-]+)(:\d+)?([/?#][^\s\\]*)?")
_PLAIN_OPTION = re.compile(
    r"-[fsSLIivgk46#]+[oO]?|--(fail|silent|show-error|location|head|include|verbose|compressed|quiet"
    r"|globoff|http1\.1|http2|tlsv1\.[23]|ipv4|ipv6|depth=\d+|no-tags|single-branch|tags|heads)|-q|-nv"
)
_TAKES_VALUE = (
    *("-o", "-O", "--output", "-H", "--header", "-A", "--user-agent", "-m", "--max-time"),
    *("--connect-timeout", "--retry", "-d", "--data", "--data-raw", "-X", "--request"),
    *("-b", "--branch", "--depth", "-P", "-t", "--timeout"),
)
_FETCHERS = ("curl", "wget")
_GIT_FETCHES = ("clone", "ls-remote")


def names_host(command: Command, host: str) -> bool:
    """Whether a word of the command names the host, in a URL or anywhere else."""
    if host == "*":
        return False
    name = re.escape(host.removeprefix("*."))
    before = r"(^|[^A-Za-z0-9-])" if host.startswith("*.") else r"(^|[^A-Za-z0-9.-])"
    pattern = re.compile(rf"{before}{name}\.?($|[^A-Za-z0-9.-])", re.IGNORECASE)
    return any(pattern.search(word) for word in command.words)


def hosts_fetched(command: Command) -> tuple[str, ...]:
    """All hosts that a plain `curl`, `wget` or `git clone` talks to, in small letters; none: they
    cannot be told for sure.
    """
    words = command.arguments
    if command.name == "git" and words[:1] and words[0] in _GIT_FETCHES:
        return _hosts(words[1:], may_end_in_folder=words[0] == "clone")
    if command.name in _FETCHERS:
        return _hosts(words, may_end_in_folder=False)
    return ()


def _hosts(words: tuple[str, ...], *, may_end_in_folder: bool) -> tuple[str, ...]:
    hosts: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        url = _URL.fullmatch(word)
        if word in _TAKES_VALUE and not (word == "-O" and rest and _URL.fullmatch(rest[0])):
            if not rest or rest.pop(0).startswith("@"):
                return ()
        elif url:
            hosts.append(url[1].lower())
        elif may_end_in_folder and hosts and not rest and not word.startswith("-"):
            continue
        elif not _PLAIN_OPTION.fullmatch(word):
            return ()
    return tuple(hosts)
