"""Settings for guests; imports no part of the engine that works."""

from engine.config import load_settings, settings_sources

__all__ = ["load_settings", "settings_sources"]
