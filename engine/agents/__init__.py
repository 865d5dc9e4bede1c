"""Backends that work on tasks: the Messages API, a replayed script, the target's own fixers."""
