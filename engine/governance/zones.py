"""Where a path leads, with links followed: the border every file effect is judged by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from fnmatch import fnmatchcase
from pathlib import Path

from engine.domain.values import dataclass
from engine.governance.shell_values import DECODED, INSIDE, UNKNOWN

MAX_PATH_CHARS = 4096

SECRET = re.compile(
    r"""(?x)
    (^|/)\.(ssh|aws|gnupg|kube|docker|azure|netrc|pgpass|npmrc|pypirc|git-credentials|gem|vault-token
        |password-store|mozilla|my\.cnf|boto|s3cfg|terraform\.d|cargo/credentials|config/(gcloud|gh|op)
        |(bash|zsh|python|mysql|psql|sqlite|node_repl)_history|env(\.[\w.-]+)?|envrc)(/|$|\*)
    | (^|/)id_(rsa|dsa|ecdsa|ed25519)\b
    | \.(pem|key|p12|pfx|keytab|kdbx|jks|keystore)$
    | ^/etc/(pam\.d|login\.defs|hosts\.(allow|deny)|exports|cron|audit|sssd|samba|ldap|at\.|fstab)
    | ^/etc/(shadow|gshadow|sudoers|passwd|master\.passwd|krb5|ssl/private|ssh|security|pki
        |wireguard|openvpn|letsencrypt|kubernetes|docker)
    | ^/proc/.*(environ|mem|maps|cmdline|root|cwd|fd|kcore|kallsyms|auxv|exe)\b
    | ^/proc/kcore | ^/dev/(mem|kmem|port|sd|hd|nvme|vd|xvd|dm-|mapper|input)
    | ^/(var/)?run/(secrets|docker|containerd|user|credentials)
    | ^/var/(lib/(docker|kubelet|postgresql|mysql)|spool|backups|log) | ^/boot | ^/srv
    | secrets?\.(ya?ml|json|toml|env)$ | credentials(\.\w+)?$
    """
)
_SYSTEM = re.compile(
    r"^/(usr(?!/share/(base-passwd|pam|keyrings|polkit|dbus|sudo|debconf|gnupg|ssh))"
    r"|lib\w*|bin|sbin|opt|sys/(devices|fs/cgroup|class)|(var/)?tmp$)"
    r"|^/etc/(os-release|lsb-release|debian_version|\w+-release|mime\.types|timezone|localtime"
    r"|alternatives(/|$)|ssl/certs|magic|locale|environment-modules"
    r"|fonts|ImageMagick|mailcap)"
    r"|^/proc/(cpuinfo|meminfo|version|loadavg|uptime|stat|filesystems|mounts|self/status)$"
)
_DEVICES = re.compile(r"^/dev/(null|zero|full|u?random|tty|stdin|stdout|stderr|fd/[0-9]+)$")
_TEMP = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108 - named to judge them, not to use them
_ROOTS = re.compile(
    r"^/[*.]*$|^/(bin|boot|dev|etc|home|lib\w*|opt|root|sbin|usr|var|sys|proc)(/\**)?$"
    r"|^/home/[^/]+/?\**$"
)
_HOME = re.compile(r"^~[\w.+-]*(?=/|$)")
_GLOB = re.compile(r"[*?\[]")
GUARDED_NAMES = (".git", ".aibrain")


class Zone(IntEnum):
    """Where a path leads, from harmless to dangerous."""

    DEVICE = 0
    INSIDE = 1
    TEMP = 2
    SYSTEM = 3
    WORKTREE = 4
    GUARDED = 5
    """`.git`, `.aibrain` or what the contract protects, inside the worktree."""
    UNKNOWN = 6
    OUTSIDE = 7
    SECRET = 8
    EVERYTHING = 9
    """The root of the file system, one of its main folders, or a home."""


@dataclass(frozen=True, slots=True)
class Places:
    """The worktree and what surrounds it, resolved once for one judgement."""

    worktree: Path
    protected: tuple[str, ...] = ()
    """Globs of further protected paths, relative to the worktree."""

    @staticmethod
    def around(worktree: Path, protected: Iterable[str] = ()) -> Places:
        """Follow the links of the worktree's own path."""
        return Places(worktree.resolve(), tuple(protected))

    def zone(self, raw: str, folders: tuple[Path, ...], *, reads: bool = False) -> Zone:
        """The most dangerous zone that `raw` may lead to from one of `folders`.

        No folder means that the present folder is unknown.
        """
        if DECODED in raw or len(raw) > MAX_PATH_CHARS:
            return Zone.UNKNOWN
        home = _HOME.match(raw)
        if home:
            return _home_zone(raw[home.end() :])
        if UNKNOWN in raw:
            return self._partly_known(raw)
        if raw.startswith("/"):
            return self._lead(raw, Path("/"), reads=reads)
        if not folders:
            return Zone.UNKNOWN
        return max(self._lead(raw, folder, reads=reads) for folder in folders)

    def literal_zone(self, raw: str) -> Zone:
        """The zone of a path that no shell expands: `*` and `~` are plain characters."""
        if len(raw) > MAX_PATH_CHARS:
            return Zone.UNKNOWN
        path = self.worktree / raw
        resolved = path.resolve()
        if resolved == self.worktree:
            return Zone.WORKTREE
        if resolved.is_relative_to(self.worktree):
            return self._inner(resolved, "")
        return Zone.SECRET if SECRET.search(str(resolved)) else Zone.OUTSIDE

    def is_git(self, raw: str) -> bool:
        """Whether a path inside leads into git's own files."""
        return ".git" in (self.worktree / raw).resolve().parts

    def _partly_known(self, raw: str) -> Zone:
        if SECRET.search(raw):
            return Zone.SECRET
        known = raw.partition(UNKNOWN)[0]
        if known.startswith("/"):
            return max(Zone.UNKNOWN, self._outer(known, known, reads=False))
        return Zone.UNKNOWN

    def _lead(self, raw: str, folder: Path, *, reads: bool) -> Zone:
        whole = f"{folder}/{raw}".replace(INSIDE, "x")
        glob = _GLOB.search(whole)
        head, tail = whole, ""
        if glob:
            head = whole[: glob.start()].rpartition("/")[0] or "/"
            tail = whole[len(head) :].strip("/")
        resolved = Path(head).resolve()
        if ".." in tail:
            return Zone.OUTSIDE
        if resolved.is_relative_to(self.worktree):
            return self._inner(resolved, tail)
        literal = re.sub(r"/+", "/", raw) if raw.startswith("/") else whole
        zone = self._outer(f"{resolved}/{tail}" if glob else str(resolved), literal, reads=reads)
        strays = folder.is_relative_to(self.worktree) or self.worktree.is_relative_to(folder)
        strays = strays and not raw.startswith("/")
        if zone is Zone.TEMP and (strays or glob or self._is_near(resolved)):
            return Zone.OUTSIDE
        return Zone.OUTSIDE if glob and zone is Zone.SYSTEM and _is_shallow(resolved) else zone

    def _inner(self, resolved: Path, tail: str) -> Zone:
        inner = resolved.relative_to(self.worktree)
        if any(part in GUARDED_NAMES for part in (*inner.parts, *tail.split("/"))):
            return Zone.GUARDED
        if not inner.parts and tail.startswith(".") and _may_match(tail, GUARDED_NAMES):
            return Zone.GUARDED
        if not inner.parts and tail in ("", "*", "**", "**/*"):
            return Zone.WORKTREE
        path = str(inner / tail)
        is_protected = any(fnmatchcase(path, glob) for glob in self.protected)
        return Zone.GUARDED if is_protected else Zone.INSIDE

    def _outer(self, resolved: str, literal: str, *, reads: bool) -> Zone:
        if _DEVICES.match(literal) or _DEVICES.match(resolved):
            return Zone.DEVICE
        if SECRET.search(resolved) or SECRET.search(literal):
            return Zone.SECRET
        if not reads and (_ROOTS.match(resolved) or _ROOTS.match(literal)):
            return Zone.EVERYTHING
        if resolved.startswith(_TEMP):
            return Zone.TEMP
        return Zone.SYSTEM if _SYSTEM.match(resolved) else Zone.OUTSIDE

    def _is_near(self, resolved: Path) -> bool:
        """Whether it shares its temporary folder with the worktree: then it is the surroundings
        of the worktree, perhaps the operator's checkout, and no scratch space.
        """
        return len(resolved.parts) > 2 and resolved.parts[:3] == self.worktree.parts[:3]


def _home_zone(rest: str) -> Zone:
    if rest.strip("/*.") == "":
        return Zone.EVERYTHING
    return Zone.SECRET if SECRET.search(rest) else Zone.OUTSIDE


def _may_match(pattern: str, names: tuple[str, ...]) -> bool:
    first = pattern.split("/")[0]
    return any(fnmatchcase(name, first) for name in names)


def _is_shallow(folder: Path) -> bool:
    return folder.parts[:2] == ("/", "etc") or len(folder.parts) < 3
