"""Names of tools and of files that decide how Node's tools behave."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_TOOL = re.compile(
    r"""
    (?:@types/)?(?:
        vitest|@vitest/.+|vite|vite-node|jest|jest-.+|@jest/.+|ts-jest|babel-jest|mocha|chai|ava|tap
      | eslint|@eslint/.+|eslint-.+|typescript|typescript-eslint|@typescript-eslint/.+
      | turbo|nx|lerna|tsx|ts-node|c8|nyc|sinon|tinyspy|tinypool|tinyrainbow|expect|expect-type
      | @biomejs/.+|oxlint|happy-dom|jsdom|node|npm|npx|pnpm|yarn|tsc|@testing-library/.+
      | @swc/.+|@babel/core|esbuild|rollup|rolldown
    )
    """,
    re.VERBOSE,
)
_RUNNER_CONFIG = re.compile(
    r"""
      (?:vite|vitest|jest|ava|karma|playwright|cypress|wdio|babel|swc)
        [\w.-]*\.(?:config|workspace|projects?|base|shared|setup|global)[\w.-]*\.(?:[cm]?[jt]sx?|json)
    | (?:vitest|jest)[.-](?:workspace|setup|global[-.]?setup|env|preset)[\w.-]*
    | (?:setup-?tests?|global-?setup|global-?teardown|test-?setup)\.[cm]?[jt]sx?
    | \.(?:mocharc|babelrc|swcrc|nycrc|c8rc|taprc)[\w.]*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LINT_CONFIG = re.compile(
    r"eslint\.config\.\w+|\.eslintrc[\w.]*|\.eslintignore|biome\.jsonc?|\.?oxlintrc\.\w+|tslint\.json",
    re.IGNORECASE,
)
_COMPILER_CONFIG = re.compile(r"(?:tsconfig|jsconfig)[\w.-]*\.json", re.IGNORECASE)
_PACKAGE_CONFIG = re.compile(
    r"\.npmrc|\.yarnrc[\w.]*|\.pnpmfile\.[cm]?js|bunfig\.toml|\.nxignore|nx\.json|lerna\.json|deno\.jsonc?"
)
LOCK_FILES = frozenset(
    {
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "bun.lock",
        "bun.lockb",
    }
)


def is_tool(package: str) -> bool:
    """Whether a package of that name takes part in a check."""
    return bool(_TOOL.fullmatch(package))


def name_of(path: str) -> str:
    """The last part of a path."""
    return PurePosixPath(path).name


def folder_of(path: str) -> str:
    """The path without its last part; empty for the root."""
    return path.rpartition("/")[0]


def is_data(path: str) -> bool:
    """Whether the file holds values that a script of the product may import."""
    return name_of(path).endswith((".json", ".json5", ".jsonc")) and not is_settings(path)


def is_settings(path: str) -> bool:
    """Whether the file tells a package manager, a compiler or a runner of tasks what to do."""
    is_named = name_of(path) in ("package.json", "turbo.json") or name_of(path) in LOCK_FILES
    return is_named or is_tool_config(path) or name_of(path).startswith(".")


def is_runner_config(path: str) -> bool:
    """Whether the file configures or prepares a test runner."""
    return bool(_RUNNER_CONFIG.fullmatch(name_of(path)))


def is_lint_config(path: str) -> bool:
    """Whether the file configures a linter."""
    return bool(_LINT_CONFIG.fullmatch(name_of(path)))


def is_compiler_config(path: str) -> bool:
    """Whether the file configures tsc."""
    return bool(_COMPILER_CONFIG.fullmatch(name_of(path)))


def is_package_config(path: str) -> bool:
    """Whether the file configures a package manager or a runner of tasks."""
    return bool(_PACKAGE_CONFIG.fullmatch(name_of(path)))


def is_tool_config(path: str) -> bool:
    """Whether the file belongs to a tool and not to the product."""
    checks = (is_runner_config, is_lint_config, is_compiler_config, is_package_config)
    return any(check(path) for check in checks)
