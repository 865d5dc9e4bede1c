"""Changes that only look like work, and honest ones. None of the former may pass."""
