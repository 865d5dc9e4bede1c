"""JSON work-queue files: read from others, written for git."""

from engine.exchange.entry import QueueEntry
from engine.exchange.read import read_entries, read_queue
from engine.exchange.write import write_entries, write_queue

__all__ = ["QueueEntry", "read_entries", "read_queue", "write_entries", "write_queue"]
