"""The store in plain Python: for tests and for what need not outlive its process."""

from engine.store.memory.store import MemoryStore

__all__ = ["MemoryStore"]
