"""Python given as text: read as a syntax tree; names that no table knows are asked about."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator

from engine.governance.environment import is_telling_variable
from engine.governance.python_effects import (
    ADDRESS,
    COPIES,
    DELETES,
    ENVIRONMENT,
    FETCHES,
    KEPT,
    MANY,
    MOVES,
    PATH,
    PATH_DELETES,
    PATH_LINKS,
    PATH_READS,
    PATH_WRITES,
    READS,
    RUNS_TEXT,
    WRITES,
)
from engine.governance.python_names import (
    ABOUT,
    HARMLESS_DUNDERS,
    HIDING_CALLS,
    LEAKED,
    RUNS,
    is_module,
    is_partly_harmless,
    rule_of,
    rule_of_import,
)
from engine.governance.python_values import Values
from engine.governance.rules import Finding, finding
from engine.governance.scene import Scene
from engine.governance.shell_values import INSIDE, UNKNOWN
from engine.governance.shell_words import is_hidden


def judge_python(code: str, scene: Scene, file: str = ".") -> Iterator[Finding]:
    """Every effect that shows in `code`; an allowing finding of low confidence besides."""
    yield finding("project-code", code, confidence=0.6)
    if is_hidden(code):
        yield finding("inline-code", code, "the code cannot be foreseen")
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code.replace(INSIDE, "1"))
        yield from _Reading(tree, code, scene, file).findings()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield finding("inline-code", code, "it cannot be parsed as Python", confidence=0.5)


class _Reading:
    def __init__(self, tree: ast.Module, code: str, scene: Scene, file: str) -> None:
        self._tree = tree
        self._code = code
        self._scene = scene
        self._aliases: dict[str, str] = {}
        self._inner: set[ast.AST] = set()
        """Parts of attribute chains, judged with the whole chain."""
        self._found: list[Finding] = []
        self._doubtful: dict[str, str] = {}
        """Modules of which only the version may be asked, by their names here."""
        self._asked_about: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
        self._values = Values(tree, self._aliases, file)
        self._modules = {name.partition(".")[0] for name in self._aliases.values()}
        self._asked_of: set[ast.AST] = set()
        """Uses of the environment whose variable is judged."""

    def findings(self) -> list[Finding]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Subscript):
                self._subscript(node)
            elif isinstance(node, ast.Attribute):
                self._attribute(node)
            elif isinstance(node, ast.Name) and node not in self._inner:
                self._name(node)
            elif isinstance(node, ast.While):
                self._loop(node)
            if isinstance(node, ast.Call):
                self._call(node)
            if isinstance(node, ast.Constant | ast.BinOp | ast.JoinedStr | ast.Attribute):
                self._expression(node)
        for name, module in self._doubtful.items():
            if name not in self._asked_about and rule_of(f"{module}.?"):
                self._used(f"{module}.?")
        return self._found

    def _tell(self, rule: str, note: str, confidence: float = 0.8) -> None:
        self._found.append(finding(rule, self._code, note, confidence=confidence))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name in node.names:
            module = getattr(node, "module", None)
            whole = f"{module}.{name.name}" if module else name.name
            if name.asname or module:
                self._aliases[name.asname or name.name] = whole
            else:
                top = whole.partition(".")[0]
                self._aliases[top] = top
            if rule_of_import(whole.partition(".")[0]):
                self._tell(rule_of_import(whole.partition(".")[0]), f"it imports {whole}")
            if module and not is_module(whole) and RUNS.fullmatch(name.name):
                self._tell("inline-code", f"it imports {whole}")
            if is_module(whole) and (module or "." in whole):
                self._used(whole)
            elif is_module(whole) and not is_partly_harmless(whole):
                self._doubtful[name.asname or whole] = whole
            if name.name == "*" and module and rule_of(f"{module}.*"):
                self._tell("inline-code", "it imports all names of a module")

    def _used(self, dotted: str) -> None:
        top, _, rest = dotted.partition(".")
        rule = rule_of(dotted)
        if rule:
            self._tell(rule, f"it uses {top}.{rest.partition('.')[0]}")

    def _attribute(self, node: ast.Attribute) -> None:
        self._inner.add(node.value)
        dotted = self._values.dotted(node)
        top, _, rest = dotted.partition(".")
        if node not in self._inner and top in self._modules:
            self._used(dotted)
            if is_module(top) and LEAKED & set(rest.split(".")) and dotted[:7] != "os.path":
                self._tell("inline-code", "it reaches one module through another")
        if dotted == "os.environ.get" or dotted == "os.environ.setdefault":
            self._asked_of.add(node.value)
        elif dotted == "os.environ" and node not in self._asked_of:
            self._tell("read-secret", "it reads the environment")
        if node.attr in ABOUT and isinstance(node.value, ast.Name):
            self._asked_about.add(node.value.id)
        if dotted.startswith("platform."):
            return
        if RUNS.fullmatch(node.attr):
            rule = "network" if re.search("conn|url|send|serve", node.attr) else "inline-code"
            rule = "read-outside" if node.attr in ("expanduser", "home") else rule
            self._tell(rule, f"it uses .{node.attr}")
        elif re.fullmatch(r"__\w+__", node.attr) and node.attr not in HARMLESS_DUNDERS:
            self._tell("inline-code", f"it uses {node.attr}")

    def _subscript(self, node: ast.Subscript) -> None:
        if self._values.dotted(node.value) == "os.environ":
            self._asked_of.add(node.value)
            self._environment([self._values.text(node.slice)])

    def _name(self, node: ast.Name) -> None:
        known = self._aliases.get(node.id, "")
        if node.id in HIDING_CALLS or node.id in ("__builtins__", "__loader__", "__spec__"):
            self._tell("inline-code", f"it uses {node.id}")
        elif known and "." not in known and rule_of(f"{known}.?"):
            self._tell("inline-code", f"it hands {known} on")
        elif known == "os.environ" and node not in self._asked_of:
            self._tell("read-secret", "it reads the environment")

    def _loop(self, node: ast.While) -> None:
        leaves = (ast.Break, ast.Return, ast.Raise)
        is_endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        if is_endless and not any(isinstance(one, leaves) for one in ast.walk(node)):
            self._tell("resource-abuse", "it never ends")

    def _expression(self, node: ast.expr) -> None:
        text = self._values.text(node)
        is_path = PATH.fullmatch(text.rstrip(UNKNOWN)) and not text.isspace()
        if is_path and (len(text) > 1 or not isinstance(node, ast.Constant)):
            self._found += self._scene.reads(_plain(text))
        if KEPT.search(text) and "\n" not in text:
            self._tell("protected-path", "it names files of git or of the engine")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Pow):
            self._large(node)

    def _large(self, node: ast.BinOp) -> None:
        numbers = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
        whole = 1.0
        for number in numbers:
            whole *= number if isinstance(number, int | float) and number > 0 else 1
        has_power = any(isinstance(one, ast.Pow) for one in ast.walk(node))
        power = max((n for n in numbers if isinstance(n, int)), default=0) > 8 and has_power
        if any(isinstance(n, str | bytes) for n in numbers) and (whole > MANY or power):
            self._tell("resource-abuse", "it makes a very long text")

    def _call(self, node: ast.Call) -> None:
        name = self._values.dotted(node.func)
        path = [text for given in node.args[:1] for text in self._values.texts(given)]
        second = [text for given in node.args[1:2] for text in self._values.texts(given)]
        if name in ("open", "io.open", "codecs.open"):
            self._open(path, node, mode_at=1)
        elif isinstance(node.func, ast.Attribute) and not self._file_call(name, path, second):
            self._method(node, node.func, path)
        else:
            self._reflection(node, name, path, second)
        if isinstance(node.func, ast.Call | ast.Subscript):
            self._tell("inline-code", "it calls what it computes", 0.6)
        called = name or getattr(node.func, "attr", "")
        if path and ADDRESS.match(path[0]) and FETCHES.search(called):
            self._tell("network", f"it calls {called} with an address")

    def _text(self, codes: list[str]) -> None:
        for code in codes:
            self._found += judge_python(code, self._scene)

    def _reflection(self, node: ast.Call, name: str, path: list[str], second: list[str]) -> None:
        if name in ("getattr", "hasattr") and not _is_text(node.args[1:2]):
            self._tell("inline-code", "it computes a name")
        elif name == "getattr" and second and RUNS.fullmatch(second[0]):
            self._tell("inline-code", f"it uses {second[0]}")
        elif name in ("chr", "bytes") and (not path or UNKNOWN in path[0]):
            self._tell("inline-code", "it makes text out of numbers")
        else:
            self._file_call(name, path, second)

    def _file_call(self, name: str, path: list[str], second: list[str]) -> bool:
        """Judge a function of a module by the paths it gets; False: it is none of those."""
        judges: dict[str, Callable[[list[str]], None]] = {
            "os.chdir": self._enter,
            **dict.fromkeys(RUNS_TEXT, self._text),
            **dict.fromkeys(READS | COPIES, self._reads),
            **dict.fromkeys(WRITES, self._writes),
            **dict.fromkeys(DELETES | MOVES, self._deletes),
            **dict.fromkeys(ENVIRONMENT, self._environment),
        }
        work = judges.get(name)
        if work is not None:
            work(path)
        if name in COPIES or name in MOVES or name in ("os.symlink", "os.link"):
            self._writes(second)
        return work is not None

    def _method(self, node: ast.Call, function: ast.Attribute, path: list[str]) -> None:
        own = self._values.texts(function.value)
        if function.attr == "open":
            self._open(own, node, mode_at=0)
        elif function.attr in PATH_WRITES:
            self._writes(own)
        elif function.attr in PATH_READS:
            self._reads(own)
        elif function.attr in PATH_DELETES:
            self._deletes(own)
        elif function.attr in PATH_LINKS:
            self._writes([*own, *path])
        elif function.attr in ("rename", "replace") and len(node.args) == 1:
            self._deletes(own)
            self._writes(path)

    def _open(self, paths: list[str], node: ast.Call, *, mode_at: int) -> None:
        given = [*node.args[mode_at : mode_at + 1]]
        given += [word.value for word in node.keywords if word.arg == "mode"]
        paths = paths or [self._values.text(w.value) for w in node.keywords if w.arg == "file"]
        mode = self._values.text(given[0]) if given else "r"
        if set(mode) & {"w", "a", "x", "+", UNKNOWN}:
            self._writes(paths)
        else:
            self._reads(paths)

    def _enter(self, paths: list[str]) -> None:
        for path in paths or [UNKNOWN]:
            if UNKNOWN in path or not self._scene.may_run(f"{path}/x"):
                self._tell("inline-code", "it leaves the folder")

    def _environment(self, names: list[str]) -> None:
        if not names or any(UNKNOWN in name or is_telling_variable(name) for name in names):
            self._tell("read-secret", "it reads the environment")

    def _reads(self, paths: list[str]) -> None:
        for path in paths:
            self._found += self._scene.reads(_plain(path))

    def _writes(self, paths: list[str]) -> None:
        for path in paths:
            if path != UNKNOWN:
                self._found += self._scene.writes(_plain(path))

    def _deletes(self, paths: list[str]) -> None:
        for path in paths:
            if UNKNOWN in path or path.isdigit():
                self._tell("inline-code", "it deletes what cannot be foreseen")
            else:
                self._found += self._scene.deletes(path)


def _is_text(given: list[ast.expr]) -> bool:
    return all(isinstance(one, ast.Constant) for one in given)


def _plain(path: str) -> str:
    """A path that begins in the worktree: what is unknown in it is a name below."""
    return path if path.startswith(("/", "~")) else path.replace(UNKNOWN, INSIDE)
