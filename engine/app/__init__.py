"""The composition root: `engine` opens an engine, `configuration` reads its settings, `setup`
prepares a repository. Nothing is imported here, so that a guest pays only for what it uses.
"""
