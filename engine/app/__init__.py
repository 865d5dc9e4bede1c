"""The composition root: everything a guest needs to open an engine. `engine.app.setup` has what
comes before the first run.
"""

from engine.app.engine import Engine, open_engine
from engine.config import load_settings, settings_sources

__all__ = [
    "Engine",
    "load_settings",
    "open_engine",
    "settings_sources",
]
