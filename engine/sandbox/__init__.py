"""Other programs under control, and the tools an agent works with."""
