"""One pass over a tree: which files are read, what they import."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.discovery.source.files import LARGEST_BYTES, read_files
from engine.discovery.source.reading import SourceReading, read_source
from tests.support.repos import write_files


def read(tree: Path, files: Mapping[str, str]) -> SourceReading:
    write_files(tree, files)
    return read_source(tree)


def test_python_imports_lead_to_files(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "src/shop/__init__.py": "",
            "src/shop/core.py": "import json, os.path",
            "src/shop/sub/__init__.py": "from ..core import x",
            "src/shop/sub/deep.py": (
                "try:\n    pass\nexcept E:\n    def f():\n        from . import other\n"
                "match x:\n    case 1:\n        from .. import core\n"
            ),
            "src/shop/sub/other.py": "from shop import core, missing",
            "tests/test_core.py": "import shop.core as c",
            "src/shop/json.py": "",
        },
    )
    assert reading.imports == {
        "src/shop/sub/__init__.py": ("src/shop/core.py",),
        "src/shop/sub/deep.py": (
            "src/shop/__init__.py",
            "src/shop/core.py",
            "src/shop/sub/__init__.py",
            "src/shop/sub/other.py",
        ),
        "src/shop/sub/other.py": ("src/shop/__init__.py", "src/shop/core.py"),
        "tests/test_core.py": ("src/shop/core.py",),
    }


def test_script_imports_lead_to_files_and_workspace_packages(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "packages/core/package.json": '{"name": "@shop/core"}',
            "packages/core/src/index.ts": "export * from './money.js'\n",
            "packages/core/src/money.ts": "import type { X } from 'left-pad'",
            "packages/ui/package.json": "{",
            "packages/ui/a.tsx": "import {\n  money,\n} from '@shop/core'\nimport './b'",
            "packages/ui/b/index.js": "const m = require('@shop/core/money'); import('../a')",
        },
    )
    assert reading.imports == {
        "packages/core/src/index.ts": ("packages/core/src/money.ts",),
        "packages/ui/a.tsx": ("packages/core/src/index.ts", "packages/ui/b/index.js"),
        "packages/ui/b/index.js": ("packages/core/src/money.ts", "packages/ui/a.tsx"),
    }


def test_a_file_that_cannot_be_parsed_hides_no_other(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {"bad.py": "def (", "deep.py": "(" * 5000, "good.py": "eval(x)", "odd.py": "'\\d'"},
    )
    assert [finding.path for finding in reading.findings] == ["good.py"]


def test_equal_findings_of_a_file_have_ids_of_their_own(tmp_path: Path) -> None:
    findings = read(tmp_path, {"a.py": "eval(x)\n\neval(y)\n"}).findings
    assert [finding.line for finding in findings] == [1, 3]
    assert findings[1].id == f"{findings[0].id}#2"


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "token" * 180_000,
        "a" * 900_000,
        "import " * 60_000,
        "-----BEGIN PRIVATE KEY-----" + "\n" * 800_000,
        "<<<<<<< a\n=======\n>>>>>>> b\n" * 30_000,
        "gh" + "p_" * 300_000,
        "it.only(" * 20_000,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_text_made_to_be_slow_is_read_in_time(tmp_path: Path, text: str) -> None:
    begun = time.process_time()
    read(tmp_path, {"a.py": text, "b.test.ts": text})
    assert time.process_time() - begun < 20


def test_only_plain_text_files_of_the_tree_itself_are_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    write_files(
        tmp_path,
        {
            "outside.py": "",
            "tree/a.py": "",
            "tree/.git/x.py": "",
            "tree/node_modules/p/x.js": "",
            "tree/.github/workflows/ci.yml": "",
            "tree/large.py": "#" * (LARGEST_BYTES + 1),
            "tree/package-lock.json": "",
        },
    )
    (tree / "binary.py").write_bytes(b"a\0b")
    (tree / "link.py").symlink_to(tmp_path / "outside.py")
    (tree / "folder").symlink_to(tmp_path)
    os.mkfifo(tree / "pipe.py")
    assert sorted(file.path for file in read_files(tree)) == [".github/workflows/ci.yml", "a.py"]


def test_names_that_are_no_text_are_shown_as_escapes(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"a\xff\n.py")  # noqa: PTH118  bytes
    try:
        with open(path, "wb") as file:  # noqa: PTH123  bytes
            file.write(b"eval(x)")
    except OSError:
        pytest.skip("this file system takes no such names")
    [finding] = read_source(tmp_path).findings
    assert finding.path == "a\\xff\n.py"
