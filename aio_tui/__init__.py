"""The cockpit (Textual) and the command line: guests of the engine."""
