"""What a cockpit says where nothing is in the queue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.face import FakeFace
from tests.tui.cockpit_run import NARROW, WIDE, cockpit

SIZES = pytest.mark.parametrize("size", [NARROW, WIDE, (40, 24)], ids=["80x24", "200x50", "40x24"])


@SIZES
@pytest.mark.parametrize(
    ("key", "backend", "is_lacking"),
    [("", "anthropic", True), ("sk", "anthropic", False), ("", "fixer", False)],
)
async def test_an_empty_queue_says_what_fills_it_and_what_a_run_lacks(
    size: tuple[int, int],
    key: str,
    backend: str,
    is_lacking: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    face = FakeFace()
    face.settings = replace(face.settings, backend=backend)
    async with cockpit(face, size) as cabin:
        told = [row.text for row in cabin.rows("#pane")]
        for command in ("aio-tui task add ID TEXT", "aio-tui discover", "aio-tui demo"):
            assert any(command in text for text in told)
            assert command in cabin.text()
        words = " ".join(" ".join(told).split())
        assert ("No model key is set: ANTHROPIC_API_KEY." in words) is is_lacking
        assert ("added with --backend fixer need none" in words) is is_lacking
