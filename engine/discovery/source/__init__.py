"""Rules of our own on source text, and who imports whom.

It runs as a program of its own (`python -m engine.discovery.source TREE`), because what it parses
was written by others: a file that crashes a parser ends this program, not the engine.
"""
