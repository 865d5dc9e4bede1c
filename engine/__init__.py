"""The orchestration engine: durable queue, loops, verification. Knows nothing of any screen."""
