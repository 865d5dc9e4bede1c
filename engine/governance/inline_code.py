"""Code given as text to an interpreter: scanned for effects, allowed only where none shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.governance.python_code import judge_python
from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene
from engine.governance.script_names import named_effects
from engine.governance.shell_values import UNKNOWN
from engine.governance.shell_words import is_hidden

_EFFECTS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "network",
        "it opens connections",
        re.compile(
            r"""(?xi) socket | \bhttpd\b
            | \burllib | \brequests\b | \bhttpx?\b | aiohttp | ftplib | smtplib
            | telnetlib | paramiko | \bfetch\s*\( | \b(https?|ftp|wss?):// | \bnet\. | Net:: | LWP
            | open-uri | xmlrpc | \bcurl | fsockopen | \bdns\b | require\W+(net|tls|dgram)\b
            | asyncio\.(open|start)_\w+ | \bwebbrowser\b"""
        ),
    ),
    (
        "inline-code",
        "it starts other programs",
        re.compile(
            r"""(?x) subprocess | \bos\s*\.\s*(system|popen|exec|spawn|fork|kill|posix_spawn)
            | \bfrom\s+os\s+import | \bpty\b | child_process
            | \b(system|exec|popen|spawn|syscall|fork)\s*[\(\s]\s*['"\[(@$] | `[^`]+` | \bpopen\b
            | \bqx\W | %x[\W] | \bshell_exec | passthru
            | proc_open | ctypes | \bcffi\b | multiprocessing | \bKernel\b | IO\.popen | Open3
            | process\.(kill|binding|dlopen) | create_subprocess | \bimport\s+commands\b
            | \bos\.setuid | execSync | spawnSync | execFile"""
        ),
    ),
    (
        "inline-code",
        "it deletes",
        re.compile(
            r"""(?x) rmtree | \bunlink | os\.remove | \brmdir | removedirs | \brmSync
            | fs\.(promises\.)?rm
            | FileUtils | (File|Dir|FileUtils)\.(delete|rm) | \bremove_tree | \.unlink\(
            | truncate | os\.(rename|replace|symlink|link|chmod|chown|chroot|mknod)"""
        ),
    ),
    (
        "inline-code",
        "it hides what it does",
        re.compile(
            r"""(?x) \beval\b | (?<![.\w])exec\b | (?<!re\.)\bcompile\s*\( | __import__ | importlib
            | \bgetattr\s*\( | \bglobals\b | \blocals\s*\(
            | __\w*(builtins|subclasses|loader|class|dict)__
            | base64 | \bcodecs\b | fromhex | \bchr\s*\( | marshal | pickle | zlib | fromCharCode
            | \batob | Function\s*\( | Buffer\.from | \bunpack\b | \bpack\b | \\x[0-9a-fA-F]{2}
            | \\u00[0-9a-fA-F]{2} | \\[0-7]{3} | runpy | \bsend\s*\( | \binstance_eval | \[::-1\]
            | ['\"]\s*\+\s*['\"] | \brequire\s*\(\s*[^'\"] | sys\.modules | \bbuiltins\b"""
        ),
    ),
    (
        "protected-path",
        "it names files of git or of the engine",
        re.compile(r"\.aibrain|\.git(?![\w.])"),
    ),
    (
        "read-secret",
        "it reads the environment",
        re.compile(r"os\.environ|getenv|process\.env|\bENV\b|%ENV|environb|\$_ENV|\$_SERVER"),
    ),
    (
        "read-outside",
        "it looks for a home or other processes",
        re.compile(r"expanduser|Path\.home|expandvars|homedir|/proc/|gethostby|\bpwd\.get|getpass"),
    ),
)
_PATHS = re.compile(
    r"""['"](?:[<>+]+\s*)?((?:/|~|\.\.(?=[/'"]))[^'")\s;,]*)"""
    r"""|(?<![\w.])(/(?:etc|root|home|proc|var|dev|srv)/[^'")\s;,>]*)"""
)


def judge_code(code: str, scene: Scene, *, language: str, file: str = ".") -> Iterator[Finding]:
    """Every effect that shows in `code`; an allowing finding of low confidence besides."""
    if language == "python":
        yield from judge_python(code, scene, file)
        return
    yield finding("project-code", code, confidence=0.6)
    if is_hidden(code):
        yield finding("inline-code", code, "the code cannot be foreseen")
    for rule, note, pattern in _EFFECTS:
        if pattern.search(code):
            yield finding(rule, code, note, confidence=0.8)
    if not is_hidden(code):
        for rule, note in named_effects(code, language):
            yield finding(rule, code, note, confidence=0.7)
    for path in (quoted or bare for quoted, bare in _PATHS.findall(code)):
        if len(path) > 1 and not path.startswith(("//", "/*")) and UNKNOWN not in path:
            yield from scene.reads(path)
            if re.search(r"['\"][wax]b?\+?['\"]|write|Write|>>?", code):
                yield from scene.writes(path)
