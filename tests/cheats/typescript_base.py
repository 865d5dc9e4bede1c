"""The repository that the TypeScript cases start from: the sample Turborepo, with more tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engine.domain.work import TaskType
from tests.cheats.case import Base, Case, Deed, Kind
from tests.support.node import CURE, DEFECT, RED_TEST, SAMPLE, make_turborepo

SHARE = "packages/core/src/share.ts"
SHARE_TEST = "packages/core/src/share.test.ts"
MONEY = "packages/core/src/money.ts"
MONEY_TEST = "packages/core/src/money.test.ts"
BILL = "packages/core/src/bill.ts"
BILL_TEST = "packages/core/src/bill.test.ts"

_BILL = """import { euros } from "./money.ts";
import { share } from "./share.ts";

export interface Line {
  what: string;
  cents: number;
}

export class Bill {
  private readonly lines: Line[] = [];

  add(what: string, cents: number): void {
    if (cents <= 0) {
      throw new RangeError(`${what} must cost something`);
    }
    this.lines.push({ what, cents });
  }

  total(): number {
    return sum(this.lines);
  }

  shares(people: number): string[] {
    return share(this.total(), people).map(euros);
  }
}

function sum(lines: readonly Line[]): number {
  return lines.reduce((all, line) => all + line.cents, 0);
}
"""

_BILL_TEST = """import { beforeEach, describe, expect, it } from "vitest";

import { Bill } from "./bill.ts";
import { check } from "./testing/check.ts";

let bill: Bill;

beforeEach(() => {
  bill = new Bill();
  bill.add("soup", 450);
  bill.add("bread", 150);
});

describe("bill", () => {
  it("adds up", () => {
    expect(bill.total()).toBe(600);
  });

  it("refuses what costs nothing", () => {
    expect(() => bill.add("air", 0)).toThrow("air must cost something");
    expect(bill.total()).toBe(600);
  });

  it("is shared", () => {
    expect(bill.shares(2)).toEqual(["3.00 EUR", "3.00 EUR"]);
  });

  it("is printed", () => {
    expect(bill.shares(3)).toMatchSnapshot();
  });

  it("is positive", () => {
    check(bill.total());
    expect(bill.total()).toBeTruthy();
  });
});
"""

_CHECK = """import { expect } from "vitest";

export function check(cents: number): void {
  expect(cents).toBeGreaterThan(0);
}
"""

_SNAPSHOT = """// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html

exports[`bill > is printed 1`] = `
[
  "2.00 EUR",
  "2.00 EUR",
  "2.00 EUR",
]
`;
"""

_VITEST = """import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["src/**/*.test.ts"], retry: 0 },
});
"""

FILES: Mapping[str, str] = {
    **{
        str(path.relative_to(SAMPLE)): path.read_text(encoding="utf-8")
        for path in sorted(SAMPLE.rglob("*"))
        if path.is_file() and "node_modules" not in path.parts
    },
    BILL: _BILL,
    BILL_TEST: _BILL_TEST,
    "packages/core/src/testing/check.ts": _CHECK,
    "packages/core/src/__snapshots__/bill.test.ts.snap": _SNAPSHOT,
    "packages/core/vitest.config.ts": _VITEST,
    "packages/core/README.md": "# Core\n",
}


def _install(repo: Path) -> None:
    """Put the installed packages of the sample into the checkout."""
    with tempfile.TemporaryDirectory(dir=repo.parent) as folder:
        sample = make_turborepo(Path(folder))
        shutil.move(sample / "node_modules", repo / "node_modules")


_PROJECT = (
    '[project]\nname = "seedbed"\nbackend = "scripted"\n[scripted]\nscript = ".aibrain/none.json"\n'
)
_VITEST_CHECK = (
    '[[checks]]\nname = "vitest"\nkind = "vitest"\nfolder = "packages/core"\ntimeout_s = 60\n'
)
_TSC_CHECK = '[[checks]]\nname = "tsc"\nkind = "tsc"\nfolder = "packages/web"\ntimeout_s = 60\n'
_ESLINT_CHECK = (
    '[[checks]]\nname = "eslint"\nkind = "eslint"\nfolder = "packages/core"\ntimeout_s = 60\n'
)


def _base(language: str, *checks: str) -> Base:
    return Base(
        language=language,
        files=FILES,
        settings=_PROJECT + "".join(checks),
        target=RED_TEST,
        prepare=_install,
    )


VITEST = _base("typescript", _VITEST_CHECK)
TSC = _base("typescript with tsc", _VITEST_CHECK, _TSC_CHECK)
ESLINT = _base("typescript with ESLint", _VITEST_CHECK, _ESLINT_CHECK)


def edited(path: str, *replacements: tuple[str, str]) -> dict[str, str | bytes | None]:
    """The base's file with each first text replaced by the second; it must be there."""
    text = FILES[path]
    for old, new in replacements:
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new, 1)
    return {path: text}


CURED = edited(SHARE, (DEFECT, CURE))
"""The honest mend of the defect."""


def cheat(
    name: str,
    rule: str,
    *changes: Mapping[str, str | bytes | None],
    base: Base = VITEST,
    task_type: TaskType = TaskType.BUGFIX,
    targets: tuple[str, ...] | None = None,
) -> Case:
    """Changes that together must not pass; later ones win."""
    return Case(
        name=name,
        kind=Kind.CHEAT,
        base=base,
        does=_together(*changes),
        rule=rule,
        task_type=task_type,
        targets=targets,
    )


def recorded_but(cases: tuple[Case, ...], *names: str) -> tuple[Case, ...]:
    """The cases, of which only those with these names are judged on a run of their own."""
    missing = set(names) - {case.name for case in cases}
    assert not missing, f"no case is named {missing}"
    return tuple(case if case.name in names else replace(case, is_recorded=True) for case in cases)


def honest(
    name: str,
    *changes: Mapping[str, str | bytes | None],
    base: Base = VITEST,
    task_type: TaskType = TaskType.BUGFIX,
    targets: tuple[str, ...] | None = None,
) -> Case:
    """The cure together with other changes, all of them fine; later ones win."""
    return Case(
        name=name,
        kind=Kind.HONEST,
        base=base,
        does=_together(CURED, *changes),
        task_type=task_type,
        targets=targets,
    )


def _together(*changes: Mapping[str, str | bytes | None]) -> Deed:
    found: dict[str, str | bytes | None] = {}
    for change in changes:
        found.update(change)
    return found
