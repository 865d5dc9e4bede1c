"""Is what npm installed what the lock file says?"""

from __future__ import annotations

from pathlib import Path

import msgspec

_LOCK = "package-lock.json"
_INSTALLED = Path("node_modules", ".package-lock.json")


class _Locked(msgspec.Struct, frozen=True):
    version: str = ""
    integrity: str = ""
    link: bool = False
    optional: bool = False
    dev_optional: bool = msgspec.field(default=False, name="devOptional")
    peer: bool = False


class _Lock(msgspec.Struct, frozen=True):
    packages: dict[str, _Locked] = {}


def stale_package(root: Path) -> str:
    """The first package that the lock file in `root` asks for and that npm has installed in another
    version, or not at all; empty: there is none, or nothing is known because another package
    manager installed it.
    """
    wanted, installed = _read(root / _LOCK), _read(root / _INSTALLED)
    if wanted is None or installed is None:
        return ""
    for path, package in sorted(wanted.packages.items()):
        if "node_modules/" not in path or package.link:
            continue
        found = installed.packages.get(path)
        may_miss = package.optional or package.dev_optional or package.peer
        if found is None and may_miss:
            continue
        if found is None or _differ(package, found):
            return path.rpartition("node_modules/")[2]
    return ""


def _differ(wanted: _Locked, found: _Locked) -> bool:
    has_other_content = bool(wanted.integrity and found.integrity) and (
        wanted.integrity != found.integrity
    )
    return wanted.version != found.version or has_other_content


def _read(path: Path) -> _Lock | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Lock)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
