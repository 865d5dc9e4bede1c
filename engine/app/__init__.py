"""The composition root: everything a guest needs to open an engine."""

from engine.app.engine import Engine, open_engine
from engine.app.setup import Finding, examine, initialise, needs_demo
from engine.config import load_settings, settings_sources

__all__ = [
    "Engine",
    "Finding",
    "examine",
    "initialise",
    "load_settings",
    "needs_demo",
    "open_engine",
    "settings_sources",
]
