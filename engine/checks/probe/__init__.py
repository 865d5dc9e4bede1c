"""Code that runs inside the target's test runner: Python 3.8 and pytest 6 are enough for it."""
