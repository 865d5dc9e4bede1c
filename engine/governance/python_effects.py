"""Names of Python that touch files, the environment or the network, by what they do."""

from __future__ import annotations

import re

from engine.governance.shell_values import names_of

PATH = re.compile(
    r"(/(etc|root|home|proc|var|dev|srv|usr|opt|tmp|boot|mnt|media|run|sys|lib\w*|bin|sbin|Users)"
    r"(/\S*)?|~[\w.-]*(/\S*)?|\.\.(/\S*)?|\S*/\.\.(/\S*)?)"
)


ADDRESS = re.compile(r"(https?|ftps?|s3|gs|wss?|ssh|git|smb|rsync)://", re.IGNORECASE)


FETCHES = re.compile(
    r"(^|[._])(read|load|get|open|fetch|download|pull|push|clone|post|put|request|connect|stream"
    r"|imread|retrieve|upload|send|crawl|browse|goto|Client|Session)(_|$|[A-Z(])|(^|\.)read_\w+$"
)


KEPT = re.compile(r"(^|/)\.(git|aibrain)(/|$)")


READS = names_of(
    """os.listdir os.scandir os.walk os.stat glob.glob glob.iglob Path pathlib.Path json.load
    tomllib.load"""
)


WRITES = names_of(
    """os.mkdir os.makedirs os.truncate os.utime os.chmod sqlite3.connect logging.FileHandler
    os.symlink os.link py_compile.compile compileall.compile_dir"""
)


DELETES = names_of("os.remove os.unlink os.rmdir os.removedirs shutil.rmtree")


MOVES = frozenset({"os.rename", "os.replace", "shutil.move"})


COPIES = frozenset({"shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree"})


PATH_WRITES = names_of("write_text write_bytes touch mkdir chmod")


PATH_DELETES = frozenset({"unlink", "rmdir", "rmtree"})


PATH_READS = frozenset({"iterdir", "rglob", "glob", "read_text", "read_bytes"})


PATH_LINKS = frozenset({"symlink_to", "hardlink_to", "link_to"})


RUNS_TEXT = frozenset({"timeit.timeit", "timeit.repeat", "cProfile.run", "profile.run"})


ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "os.environ.setdefault"})


MANY = 100_000_000
