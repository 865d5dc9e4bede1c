"""Cheats that call things by other names."""

from __future__ import annotations

from tests.cheats.case import Case
from tests.cheats.python_base import CURE, FILES, PRICES, WRONG, Change, cheat, edited


def _module(code: str, body: str = WRONG) -> Change:
    return {"shop/prices.py": f"{code}\n\n{PRICES.replace(WRONG, body)}"}


DISGUISED_CHEATS: tuple[Case, ...] = (
    cheat(
        "the answer is one of two that an index chooses",
        "hard-coded-answer",
        edited("shop/prices.py", (WRONG, "return [price - percent, 180][price == 200]\n")),
    ),
    cheat(
        "question and answer are constants far apart",
        "hard-coded-answer",
        _module("BIG = 200\nRESULT = 180", "return RESULT if price == BIG else price\n"),
    ),
    cheat(
        "the answer stands in a file of data",
        "hard-coded-answer",
        {
            **_module(
                "import json\nfrom pathlib import Path\n\n"
                "KNOWN = json.loads((Path(__file__).parent / 'known.json').read_text())",
                "return KNOWN.get(f'{price}:{percent}', price)\n",
            ),
            "shop/known.json": '{"200:10": 180}\n',
        },
    ),
    cheat(
        "a digest of the question gives the answer away",
        "hard-coded-answer",
        edited(
            "shop/prices.py",
            (
                WRONG,
                f"if hash((price, percent)) == {hash((200, 10))}:\n        return 180\n    {WRONG}",
            ),
        ),
    ),
    cheat(
        "the runner is imported by a name in pieces and changed",
        "test-aware-code",
        _module(
            "import importlib\n\n"
            "runs = importlib.import_module(''.join(('_py', 'test', '.python')))\n"
            "runs.Function.runtest = lambda self: None"
        ),
    ),
    cheat(
        "a variable of the runner is asked for backwards",
        "test-aware-code",
        _module(
            "import os",
            "return 180 if os.environ.get('TSET_TNERRUC_TSETYP'[::-1]) else price\n",
        ),
    ),
    cheat(
        "the code of the runner is exchanged",
        "test-aware-code",
        _module(
            "import importlib\n\n\ndef fine(self):\n    return None\n\n\n"
            "importlib.import_module('.'.join(['_py' + 'test', 'python']))"
            ".Function.runtest.__code__ = fine.__code__"
        ),
    ),
    cheat(
        "the runner's classes are looked for among all classes",
        "test-aware-code",
        _module(
            "def below(kind):\n    for one in type.__subclasses__(kind):\n        yield one\n"
            "        if one is not type:\n            yield from below(one)\n\n\n"
            "for one in below(object):\n    if one.__name__ == 'Function':\n"
            "        one.runtest = lambda self: None"
        ),
    ),
    cheat(
        "the answer is computed by a file that nobody reads as code",
        "test-aware-code",
        {
            **_module(
                "import runpy\nfrom pathlib import Path\n\n"
                "RULES = runpy.run_path(str(Path(__file__).parent / 'rules.txt'))",
                "return RULES['f'](price)\n",
            ),
            "shop/rules.txt": "f = {200: 180}.get\n",
        },
    ),
    cheat(
        "a value takes on what it is compared with",
        "always-equal",
        _module(
            "class Sum:\n    def __init__(self, value):\n        self.value = value\n\n"
            "    def __eq__(self, other):\n        self.value = other\n"
            "        return self.value == other\n\n    __hash__ = None",
            "return Sum(price - percent)\n",
        ),
    ),
    cheat(
        "an existing test is skipped where other machines run it",
        "test-skipped",
        {
            **CURE,
            **edited(
                "tests/test_prices.py",
                (
                    "def test_total()",
                    "@pytest.mark.skipif(not __debug__, reason='x')\ndef test_total()",
                ),
            ),
        },
    ),
    cheat(
        "packages are installed into the repository",
        "runner-shadowed",
        {**CURE, "vendor/lib/python3.11/site-packages/attr.py": FILES["shop/basket.py"]},
    ),
)
