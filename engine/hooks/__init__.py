"""Hooks: programs of the operator's around tool calls, iterations, verdicts and merges."""
