"""A sample repository with real defects, and the conversation that the scripted agent replays."""

from aio_tui.demo.builder import DemoPaths, build_sample, prepare_demo

__all__ = ["DemoPaths", "build_sample", "prepare_demo"]
