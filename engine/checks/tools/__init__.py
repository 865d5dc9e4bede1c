"""The tools that can be run as a check: how each is called, and what its output means."""
