"""Code that runs inside the target's test runner."""
