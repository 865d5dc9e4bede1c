"""Frozen values, one state table, errors. Imports no I/O."""
