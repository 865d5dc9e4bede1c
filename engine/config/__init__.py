"""Reads `.aibrain/aio.toml` into `engine.domain.settings.Settings`."""

from engine.config.defaults import write_default, write_missing
from engine.config.load import load_settings
from engine.config.prices import BUILT_IN_PRICES, missing_price
from engine.config.sources import SettingSource, settings_sources

__all__ = [
    "BUILT_IN_PRICES",
    "SettingSource",
    "load_settings",
    "missing_price",
    "settings_sources",
    "write_default",
    "write_missing",
]
