"""Settings for guests; imports no part of the engine that works."""

from engine.config import SettingSource, load_settings, settings_sources

__all__ = ["SettingSource", "load_settings", "settings_sources"]
