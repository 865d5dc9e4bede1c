"""Replay: what can be seen again, how things stood then, and how one gets from there to there."""
