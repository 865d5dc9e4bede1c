"""Product code that knows it is being tested, or makes comparisons meaningless."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_support
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_disguises import (
    FRAME_PARTS,
    TEST_TOOLS,
    collects_all_classes,
    disguised,
)
from engine.ralph.tamper.python_folding import text_of
from engine.ralph.tamper.python_loaded import harmless_looks
from engine.ralph.tamper.python_source import (
    Sign,
    added,
    called,
    dotted,
    is_function,
    python_changes,
    root_of,
    sign,
    without_docstring,
)

_SPEAKS_OF_TESTS = re.compile(
    r"\b_?py\.?test|PYTEST_|AIO_|aio[-_](?:pytest|raised|check|plan)|\bunittest\b|\bconftest\b"
    r"|\btests?[_/.]|/tests?\b|^_?test|\bTOX_ENV|\bTESTING\b|RUNNING_TESTS?|^AIO|^PY(?:T|$)"
    r"|(?:^|_)TESTS?_?$|^_py(?:t|$)|\.aibrain\b",
)
_NEVER_IN_A_PRODUCT = re.compile(
    r"PYTEST_|\bAIO_PROBE|aio_pytest_|\baio_raised\b|aio-check|\b_pytest\b|\bpytest11\b|@py_assert"
    r"|@pytest_ar|pytest_pyfunc_call|pytest_runtest|\bEncodedFile\b|LogCaptureHandler",
)
_LOOKS_AROUND = frozenset(
    {"argv", "orig_argv", "modules", "environ", "getenv", "Process", "__file__", "getcwd", "cwd",
     "find_spec", "exists", "is_file", "is_dir", "read_text", "open", "glob", "rglob", "iterdir",
     "listdir", "walk", "scandir", "Path", "co_filename", "__name__", "__module__", "filename",
     "handlers", "write_text", "write_bytes", "import_module", "resolve_name", "__import__",
     "getattr"}
)  # fmt: skip
_IMPORTS = "the product imports"
_OWN_PROCESS = ("os.getpid", "os.getppid", "os.getpgrp", "os.getpgid")
_FRAMES = frozenset(
    {"inspect.stack", "inspect.currentframe", "inspect.getouterframes", "inspect.trace",
     "sys._getframe", "sys._current_frames", "traceback.extract_stack", "traceback.format_stack",
     "traceback.walk_stack", "traceback.print_stack", "sys._getframemodulename",
     "gc.get_objects", "gc.get_referrers", "sys.settrace", "sys.setprofile", "threading.settrace",
     "threading.setprofile", "sys.addaudithook", "sys.meta_path", "sys.path_hooks", "sys.gettrace",
     "os._exit", "os.abort", "ctypes.pythonapi", "sys.monitoring", "builtins.exec", "builtins.eval"}
)  # fmt: skip
_MODULE_OF_DANGER = {
    name.rpartition(".")[2]: name for name in _FRAMES if "._" in name or "stack" in name
}
_RUNS_TEXT = frozenset({"compile", "marshal.loads", "types.FunctionType", "types.CodeType"})
_ENDS_AT_IMPORT = frozenset(
    {
        "sys.exit",
        "exit",
        "quit",
        "os.kill",
        "atexit.register",
        "os.execv",
        "os.execve",
        "os.execl",
        "os.execvp",
    }
)
_AT_IMPORT_MODULES = ("signal.", "faulthandler.", "warnings.", "atexit.")


def product_does_not_know_of_tests(evidence: Evidence) -> Iterator[Ground]:
    """The product behaves under test as it does elsewhere: it looks neither for the runner nor at
    its callers, and leaves the interpreter alone.
    """
    for change, found in added(python_changes(evidence, tests=False), _awareness):
        if is_test_support(change.path) and found.what.startswith(_IMPORTS):
            continue
        yield objection(
            "test-aware-code", found.what, path=change.path, line=found.line, excerpt=found.excerpt
        )


def _awareness(tree: ast.Module, path: str) -> Iterator[Sign]:
    origins = _origins(tree)
    if not path.endswith("__main__.py"):
        yield from _at_import(tree.body, origins)
    docstrings = {id(node) for node in _docstrings(tree)}
    harmless = {id(node) for node in harmless_looks(tree)}
    everything = collects_all_classes(tree)
    if everything:
        yield sign("all classes of the process are looked through", everything)
    for node in ast.walk(tree):
        name = _full_name(node.func, origins) if isinstance(node, ast.Call) else ""
        what = _aware(node, origins) or disguised(node, name, origins)
        if what and id(node) not in docstrings and id(node) not in harmless:
            yield sign(what, node)
    for body in _scopes(tree):
        yield from _looks_for_tests(body, docstrings)


def _origins(tree: ast.Module) -> dict[str, str]:
    """What imported names stand for, also those of imports inside functions."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    found[alias.asname] = alias.name
                else:
                    found[alias.name.partition(".")[0]] = alias.name.partition(".")[0]
    return found


def _full_name(node: ast.AST, origins: dict[str, str]) -> str:
    head, dot, rest = dotted(node).partition(".")
    return f"{origins.get(head, head)}{dot}{rest}"


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _aware(node: ast.AST, origins: dict[str, str]) -> str:
    match node:
        case ast.Import(names=names):
            tools = [a.name for a in names if a.name.split(".")[0] in TEST_TOOLS]
            return f"{_IMPORTS} {tools[0]}" if tools else ""
        case ast.ImportFrom(module=str(module)) if module.split(".")[0] in TEST_TOOLS:
            return f"{_IMPORTS} {module}"
        case ast.Constant(value=str(text)) if _NEVER_IN_A_PRODUCT.search(text):
            return "the product speaks of the test runner"
        case ast.Constant(value=bytes(text)) if _NEVER_IN_A_PRODUCT.search(
            text.decode("ascii", "replace")
        ):
            return "the product speaks of the test runner"
        case ast.Attribute(ctx=ast.Load()) | ast.Name(ctx=ast.Load()):
            return _reaching(node, origins)
        case ast.Attribute() | ast.Subscript(ctx=ast.Store() | ast.Del()):
            return _storing(node, origins)
        case ast.Call():
            return _calling(node, origins)
        case ast.For(iter=items) | ast.comprehension(iter=items) if (
            _full_name(items, origins) == "os.environ"
        ):
            return "every variable of the environment is looked at"
        case _:
            return ""


def _reaching(node: ast.Attribute | ast.Name, origins: dict[str, str]) -> str:
    name = _full_name(node, origins)
    if name in ("exec", "eval"):
        return f"{name} runs text as code"
    if isinstance(node, ast.Attribute) and node.attr in FRAME_PARTS:
        return f"{node.attr} looks at the callers"
    if (
        isinstance(node, ast.Attribute)
        and node.attr == "__dict__"
        and dotted(node.value) in origins
    ):
        return "the inside of a module is reached"
    if name in _FRAMES:
        return f"{name} looks at or changes the interpreter"
    if name == "sys.modules" or name.endswith(".sys.modules"):
        return "the product looks at what is imported"
    return ""


def _storing(node: ast.Attribute | ast.Subscript, origins: dict[str, str]) -> str:
    root = root_of(node)
    if not isinstance(root, ast.Name):
        return "builtins are changed" if "builtins" in ast.unparse(root) else ""
    origin = origins.get(root.id, root.id)
    if origin.partition(".")[0] in ("builtins", "__builtins__", "sys", "unittest", "operator"):
        return f"{ast.unparse(node)} is changed"
    is_module = root.id in origins and isinstance(node, ast.Attribute)
    if is_module and _is_of_the_interpreter(origin):
        return f"{ast.unparse(node)} is changed for everybody"
    return ""


def _modules(origins: dict[str, str]) -> frozenset[str]:
    return frozenset(origins.values())


def _is_of_the_interpreter(origin: str) -> bool:
    import sys

    return origin.partition(".")[0] in sys.stdlib_module_names


def _calling(node: ast.Call, origins: dict[str, str]) -> str:
    name = _full_name(node.func, origins)
    if name in _RUNS_TEXT:
        return f"{name}() runs text as code"
    if name == "__import__" or name.endswith("import_module"):
        is_plain = bool(node.args) and isinstance(node.args[0], ast.Constant)
        text = node.args[0].value if is_plain else ""  # type: ignore[attr-defined]
        if isinstance(text, str) and text.split(".")[0] in (*TEST_TOOLS, "builtins", "gc", "sys"):
            return f"{text} is imported behind the scenes"
        return "" if not is_plain or name != "__import__" else f"__import__({text!r})"
    if name in ("getattr", "vars", "hasattr") and node.args:
        owner = _full_name(node.args[0], origins)
        if owner in ("sys", "builtins", "__builtins__", "os") or (
            name == "vars" and owner in _modules(origins)
        ):
            return f"{name}() reaches into {owner}"
    if name in ("os.kill", "os.killpg") and any(
        _full_name(part.func, origins) in _OWN_PROCESS
        for part in ast.walk(node)
        if isinstance(part, ast.Call)
    ):
        return "the product ends its own process"
    if name in ("setattr", "delattr") and node.args:
        root = root_of(node.args[0])
        origin = origins.get(getattr(root, "id", ""), "")
        if origin and (_is_of_the_interpreter(origin) or origin.startswith("builtins")):
            return f"{name}() changes {ast.unparse(node.args[0])} for everybody"
    return ""


def _at_import(body: list[ast.stmt], tree_imports: dict[str, str]) -> Iterator[Sign]:
    for node in without_docstring(body):
        if is_function(node):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'":
            continue
        for part in ast.walk(node):
            name = called(part)
            reaches = name.startswith(_AT_IMPORT_MODULES) and not _is_a_quiet_filter(part, name)
            if name in _ENDS_AT_IMPORT or reaches:
                yield sign(f"{name}() runs as soon as the product is imported", part)
            elif isinstance(part, ast.Assign) and _replaces_a_function(part, tree_imports):
                yield sign("a function of another module is replaced", part)
            elif isinstance(part, ast.Raise) and "SystemExit" in ast.unparse(part):
                yield sign("the program ends as soon as the product is imported", part)


def _is_a_quiet_filter(node: ast.AST, name: str) -> bool:
    """A warning that the product ignores or gives; tests may still make it an error."""
    ignores = any(
        isinstance(argument, ast.Constant) and argument.value in ("ignore", "default", "once")
        for argument in getattr(node, "args", [])[:1]
    )
    return name == "warnings.warn" or (name.startswith("warnings.") and ignores)


def _replaces_a_function(node: ast.Assign, imports: dict[str, str]) -> bool:
    return isinstance(node.value, ast.Lambda | ast.Name) and any(
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id in imports
        for target in node.targets
    )


def _scopes(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Bodies of functions, and what of the module is outside of them."""
    yield [
        node for node in tree.body if not is_function(node) and not isinstance(node, ast.ClassDef)
    ]
    for node in ast.walk(tree):
        if is_function(node):
            yield getattr(node, "body", [])
        elif isinstance(node, ast.ClassDef):
            yield [part for part in node.body if not is_function(part)]


def _looks_for_tests(body: list[ast.stmt], docstrings: set[int]) -> Iterator[Sign]:
    """Texts about tests beside code that looks at its surroundings."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    if not any(_last(node) in _LOOKS_AROUND for node in nodes):
        return
    for node in nodes:
        text = text_of(node)
        if text and id(node) not in docstrings and _SPEAKS_OF_TESTS.search(text):
            yield sign("the product looks for tests in its surroundings", node)
            return


def _last(node: ast.AST) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.keyword(arg=str(name)):
            return name
        case _:
            return ""
