"""Checks of the target's own ecosystem, run by the engine itself."""
