"""Finds work: scans a repository and groups what is new into tasks."""
