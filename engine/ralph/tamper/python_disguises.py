"""Ways round a name: things of the interpreter, of builtins and of the runner reached otherwise."""

from __future__ import annotations

import ast
import builtins

from engine.ralph.tamper.python_folding import text_of
from engine.ralph.tamper.python_source import called, dotted, root_of

TEST_TOOLS = frozenset(
    {"pytest", "_pytest", "py.test", "unittest", "mock", "nose", "conftest", "__main__", "tests"}
)
"""Modules of which a product knows nothing."""
RUNNERS = frozenset({"pluggy", "iniconfig", "xdist", "execnet", "coverage", "hypothesis", "mypy"})
FRAME_PARTS = frozenset({"tb_frame", "f_back", "f_code", "f_globals", "f_locals", "gi_frame",
                         "cr_frame", "ag_frame", "co_filename"})  # fmt: skip
_BY_TEXT = ("import_module", "__import__", "resolve_name", "run_module", "getLogger")
_FETCHERS = frozenset({"import_module", "__import__", "resolve_name"})
_HIDDEN = frozenset({*FRAME_PARTS, "_getframe", "_exit", "modules", "meta_path", "__subclasses__",
                     "__globals__", "__builtins__", "settrace", "setprofile"})  # fmt: skip
_FORBIDDEN_MODULES = frozenset({*TEST_TOOLS, "builtins", "gc", "sys", "ctypes"})
_RUNS_FOREIGN_CODE = frozenset(
    {"code.InteractiveInterpreter", "code.InteractiveConsole", "runpy.run_path", "imp.load_source",
     "importlib.machinery.SourceFileLoader", "importlib.machinery.SourcelessFileLoader",
     "zipimport.zipimporter", "cProfile.run", "pdb.run", "trace.Trace"}
)  # fmt: skip
_UNPICKLES = (
    "pickle.loads",
    "marshal.loads",
    "dill.loads",
    "cloudpickle.loads",
    "jsonpickle.decode",
)
_ARCHIVES = (".zip", ".egg", ".whl", ".pyz")
_BUILTINS = frozenset(dir(builtins)) - {"object", "type"}
_FILES_OF_PROCESSES = ("/cmdline", "/environ", "/comm")


def disguised(node: ast.AST, name: str, origins: dict[str, str]) -> str:
    """What the node does in disguise; empty: nothing.

    Args:
        node: any part of the product.
        name: for a call, what is called, with imported names resolved.
        origins: what imported names stand for.
    """
    match node:
        case ast.Call():
            return _call(node, name)
        case ast.Attribute(attr="__self__", value=ast.Name(id=owner)) if owner in _BUILTINS:
            return "the builtins are reached through one of them"
        case ast.Attribute(attr="__globals__", ctx=ast.Load()):
            return "the globals of a function are reached"
        case ast.Attribute(attr="__code__" | "__closure__", ctx=ast.Store()):
            return "the code of a function is exchanged"
        case (
            ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del())
        ):
            return _store(node, origins)
        case ast.FunctionDef(name=hook) | ast.AsyncFunctionDef(name=hook) if hook.startswith(
            "pytest_"
        ):
            return f"{hook} hooks into the test runner"
        case ast.Constant(value=str(text)) if text.startswith("/proc/") and text.endswith(
            _FILES_OF_PROCESSES
        ):
            return "the product looks at how it was started"
        case _:
            return ""


def _store(node: ast.Attribute | ast.Subscript, origins: dict[str, str]) -> str:
    root = root_of(node)
    if called(root).rpartition(".")[2] in _FETCHERS:
        return "something that was imported behind the scenes is changed"
    origin = origins.get(getattr(root, "id", ""), "")
    if origin.partition(".")[0] in RUNNERS:
        return f"{ast.unparse(node)} is changed for everybody"
    return ""


def _call(node: ast.Call, name: str) -> str:
    last = node.func.attr if isinstance(node.func, ast.Attribute) else name.rpartition(".")[2]
    text = next((text_of(argument) for argument in node.args[:2] if text_of(argument)), "")
    if last in _BY_TEXT and text.replace(":", ".").split(".")[0] in _FORBIDDEN_MODULES:
        return f"{text} is reached behind the scenes"
    if last in ("getattr", "attrgetter", "methodcaller", "__getattribute__"):
        hidden = _HIDDEN.intersection(text.split("."))
        return f"{min(hidden)} is reached behind the scenes" if hidden else ""
    if name in _RUNS_FOREIGN_CODE:
        return f"{name}() runs what no check reads"
    if name.startswith("timeit.") and text:
        return f"{name}() runs text as code"
    if last in ("setattr", "delattr", "__setattr__") and node.args:
        return _set(node.args[0], text)
    if name in _UNPICKLES and not any(_is_given(argument) for argument in node.args):
        return f"{name}() runs what is written here as code"
    if last in ("append", "insert") and name.startswith("sys.path."):
        is_archive = any(
            isinstance(part, ast.Constant) and str(part.value).endswith(_ARCHIVES)
            for part in ast.walk(node)
        )
        return "code is imported from an archive" if is_archive else ""
    if last in ("glob", "rglob") and text.endswith(".py") and _climbs(node.func):
        return "the product reads source around itself"
    if last == "__subclasses__" and dotted(node.func).startswith(("object.", "type.")):
        return "all classes of the process are looked through"
    return ""


def _climbs(node: ast.AST) -> bool:
    """Whether a path leads out of the package: its parent's parent."""
    steps = [part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    return steps.count("parent") > 1 or "parents" in steps


def _set(target: ast.expr, text: str) -> str:
    if called(root_of(target)).rpartition(".")[2] in _FETCHERS:
        return "something that was imported behind the scenes is changed"
    return f"{text} is exchanged" if text in ("__code__", "__eq__", "__class__") else ""


def _is_given(node: ast.AST) -> bool:
    """Whether the expression depends on a name that stands for data, not for what is called."""
    if isinstance(node, ast.Call):
        chain = root_of(node.func)
        parts = [*node.args, *node.keywords]
        return any(map(_is_given, parts)) or (not isinstance(chain, ast.Name) and _is_given(chain))
    if isinstance(node, ast.Name):
        return True
    return any(map(_is_given, ast.iter_child_nodes(node)))


def collects_all_classes(tree: ast.Module) -> ast.AST | None:
    """A walk over `__subclasses__` that begins at `object`."""
    walks = any(
        isinstance(node, ast.Attribute) and node.attr == "__subclasses__" for node in ast.walk(tree)
    )
    return next(
        (
            node
            for node in ast.walk(tree)
            if walks
            and isinstance(node, ast.Call)
            and any(
                isinstance(argument, ast.Name) and argument.id == "object" for argument in node.args
            )
        ),
        None,
    )
