"""Every way to change a decision log, one after the other: does `verify` find it?

A small log with every other value of every byte; a large one of two hundred decisions with each
line removed, neighbours swapped, each file and each pair of files removed, and the
end of each file cut off.
Run: python -m benchmarks tampering
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

from tests.integration.test_audit_tampering import SMALL, Site, write_large

CUT_STEP = 61
"""Of the large log every so-many-th place is cut at; it has 180,000 of them."""

Change = tuple[str, Mapping[Path, bytes | None]]
"""What is done, and what files hold then; None: the file is gone."""


def small_changes(files: Mapping[Path, bytes]) -> Iterator[Change]:
    for path, content in files.items():
        for place, was in enumerate(content):
            for byte in range(256):
                if byte != was:
                    changed = content[:place] + bytes([byte]) + content[place + 1 :]
                    yield "a byte changed", {path: changed}


def large_changes(files: Mapping[Path, bytes]) -> Iterator[Change]:
    for path, content in files.items():
        yield "a file removed", {path: None}
        lines = content.splitlines(keepends=True)
        for number in range(len(lines)):
            without = b"".join(lines[:number] + lines[number + 1 :])
            yield "a line removed", {path: without}
        for number in range(len(lines) - 1):
            swapped = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
            yield "two lines swapped", {path: b"".join(swapped)}
        for place in range(0, len(content), CUT_STEP):
            yield "an end cut off", {path: content[:place]}
    for one, other in combinations(files, 2):
        yield "two files removed", {one: None, other: None}
    yield "all files removed", dict.fromkeys(files)


def tried(
    site: Site, changes: Callable[[Mapping[Path, bytes]], Iterator[Change]]
) -> tuple[Counter[str], Counter[str]]:
    """How often each was done, and how often it was not found."""
    done, unseen = Counter[str](), Counter[str]()
    for what, files in changes(site.files):
        for path, content in files.items():
            path.unlink() if content is None else path.write_bytes(content)
        done[what] += 1
        unseen[what] += not site.finds()
        for path in files:
            path.write_bytes(site.files[path])
    return done, unseen


def main() -> None:
    """Print both logs' counts."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Site(Path(folder) / "small"), Site(Path(folder) / "large")
        for decision in SMALL[:1]:
            small.log.record(decision)
        small.keep()
        write_large(large)
        assert not small.finds()
        assert not large.finds()
        for site, changes in ((large, large_changes), (small, small_changes)):
            done, unseen = tried(site, changes)
            for what, count in done.items():
                print(f"  {what:20} {count:8} times, not found {unseen[what]:4}", flush=True)
    print(f"  it took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
