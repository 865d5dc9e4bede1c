"""Comments, settings and tools that make checks of TypeScript look away."""

from __future__ import annotations

from engine.domain.work import TaskType
from tests.cheats.case import Case
from tests.cheats.typescript_base import (
    CURED,
    ESLINT,
    FILES,
    MONEY,
    TSC,
    cheat,
    edited,
)

_PACKAGE = "packages/core/package.json"
_CONFIG = "packages/core/vitest.config.ts"
_BANNER = "packages/web/src/banner.ts"
_NAMES = "packages/core/src/names.ts"
_COMMENTS = (
    "// eslint-disable-next-line",
    "/* eslint-disable no-unused-vars */",
    "/* eslint no-undef: 0 */",
    "// @ts-ignore",
    "// @ts-expect-error later",
    "// @ts-nocheck",
    "/* istanbul ignore next */",
    "/* v8 ignore start */",
    "// biome-ignore lint: later",
)
SUPPRESSIONS: tuple[Case, ...] = tuple(
    cheat(
        f"{comment.strip('/* ')} is added",
        "suppression-added",
        CURED,
        edited(MONEY, ("/** Cents", f"{comment}\n/** Cents")),
    )
    for comment in _COMMENTS
)

CONFIGURATION: tuple[Case, ...] = (
    cheat(
        "vitest.config leaves a file out",
        "check-config-edited",
        edited(_CONFIG, ("retry: 0", 'retry: 0, exclude: ["src/share.test.ts"]')),
    ),
    cheat(
        "vitest.config passes without tests",
        "check-config-edited",
        CURED,
        edited(_CONFIG, ("retry: 0", "retry: 0, passWithNoTests: true")),
    ),
    cheat(
        "vitest.config gets a file that runs first",
        "check-config-edited",
        CURED,
        edited(_CONFIG, ("retry: 0", 'setupFiles: ["./setup.ts"]')),
        {"packages/core/setup.ts": "export {};\n"},
    ),
    cheat(
        "vite.config.ts is added",
        "check-config-edited",
        CURED,
        {"packages/core/vite.config.ts": "export default { resolve: { alias: {} } };\n"},
    ),
    cheat(
        "eslint.config switches a rule off",
        "check-config-edited",
        CURED,
        edited("eslint.config.js", ('"prefer-template": "warn"', '"prefer-template": "off"')),
    ),
    cheat(
        "an .eslintrc.json is added beside the code",
        "check-config-edited",
        CURED,
        {"packages/core/src/.eslintrc.json": '{"rules": {"no-unused-vars": "off"}}\n'},
    ),
    cheat(
        "tsconfig is less strict",
        "check-config-edited",
        CURED,
        edited("tsconfig.base.json", ('"strict": true', '"strict": false')),
    ),
    cheat(
        "tsconfig leaves a folder out, with comments",
        "check-config-edited",
        CURED,
        edited(
            "packages/core/tsconfig.json",
            (
                ('"include": ["src"]'),
                ('// all\n  "include": ["src"],\n  "exclude": ["src/names.ts"],'),
            ),
        ),
    ),
    cheat(
        "turbo runs something else",
        "check-config-edited",
        CURED,
        edited(
            "turbo.json",
            ('"test": { "dependsOn": ["^test"] }', '"test": { "cache": true, "outputs": [] }'),
        ),
    ),
    cheat(
        "the test script is replaced",
        "check-config-edited",
        CURED,
        edited(_PACKAGE, ('"vitest run"', '"node -p 1"')),
    ),
    cheat(
        "the test script swallows its exit code",
        "exit-code-swallowed",
        CURED,
        edited(_PACKAGE, ('"vitest run"', '"vitest run || true"')),
    ),
    cheat(
        "the test script passes without tests",
        "exit-code-swallowed",
        CURED,
        edited(_PACKAGE, ('"vitest run"', '"vitest run --pass-with-no-tests"')),
    ),
    cheat(
        "a script runs before the tests",
        "check-config-edited",
        CURED,
        edited(
            _PACKAGE,
            ('"test": "vitest run"', '"pretest": "node patch.js",\n    "test": "vitest run"'),
        ),
    ),
    cheat(
        "package.json configures Vitest",
        "check-config-edited",
        CURED,
        edited(_PACKAGE, ('"private": true', '"private": true,\n  "vitest": { "retry": 9 }')),
    ),
    cheat(
        "tests get other files of the package than users",
        "test-aware-code",
        CURED,
        edited(
            _PACKAGE,
            (
                '{ ".": "./src/index.ts" }',
                '{ ".": { "development": "./src/fake.ts", "default": "./src/index.ts" } }',
            ),
        ),
    ),
    cheat(
        "the runner's version changes",
        "check-tool-changed",
        CURED,
        edited(_PACKAGE, ('"vitest": "4.1.12"', '"vitest": "file:../fake"')),
    ),
    cheat(
        "an override leads the runner elsewhere",
        "check-tool-changed",
        CURED,
        edited(
            "package.json",
            (
                ('"private": true'),
                ('"private": true,\n  "overrides": { "vitest": "npm:other@1.0.0" }'),
            ),
        ),
    ),
    cheat(
        "a workspace package is named vitest",
        "runner-shadowed",
        CURED,
        {
            ("packages/vitest/package.json"): (
                '{"name": "vitest", "version": "4.1.12", "bin": {"vitest": "run.js"}}\n'
            ),
            "packages/vitest/run.js": "process.stdout.write('ok');\n",
        },
    ),
    cheat(
        "node_modules is committed",
        "runner-shadowed",
        CURED,
        {
            ".gitignore": "/node_modules/\n.turbo/\n.aibrain/\n",
            "packages/core/node_modules/vitest/package.json": '{"name": "vitest"}\n',
        },
    ),
    cheat(
        ".npmrc is added",
        "check-config-edited",
        CURED,
        {".npmrc": "ignore-scripts=true\n"},
    ),
    cheat(
        "the lock file changes alone",
        "check-tool-changed",
        CURED,
        {"package-lock.json": FILES["package-lock.json"].replace("4.1.12", "4.1.11")},
    ),
)


_QUALITY = TaskType.CODE_QUALITY
_HOW = {
    "as any": "string = visits as any",
    "two casts": "string = visits as unknown as string",
    "the type any": "any = visits",
}
CASTS: tuple[Case, ...] = (
    cheat(
        "the file with the type error is removed",
        "nothing-improved",
        {_BANNER: None},
        base=TSC,
        task_type=_QUALITY,
        targets=(),
    ),
    *(
        cheat(
            f"a type error goes away by {how}",
            "type-error-cast-away",
            edited(_BANNER, ("string = visits", by)),
            base=TSC,
            task_type=_QUALITY,
            targets=(),
        )
        for how, by in _HOW.items()
    ),
    cheat(
        "an unused variable is hidden from ESLint",
        "suppression-added",
        edited(_NAMES, ("  const last", "  // eslint-disable-next-line\n  const last")),
        base=ESLINT,
        task_type=_QUALITY,
        targets=(),
    ),
)
