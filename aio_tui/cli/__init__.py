"""The command line: every command does its work through the engine's face."""
