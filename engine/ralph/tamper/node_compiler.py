"""What an edit of tsconfig.json lets tsc overlook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_STRICTER_WHEN_TRUE = frozenset(
    {
        "strict", "noImplicitAny", "strictNullChecks", "strictFunctionTypes", "strictBindCallApply",
        "strictPropertyInitialization", "strictBuiltinIteratorReturn", "noImplicitThis",
        "useUnknownInCatchVariables", "alwaysStrict", "noUnusedLocals", "noUnusedParameters",
        "exactOptionalPropertyTypes", "noImplicitReturns", "noFallthroughCasesInSwitch",
        "noUncheckedIndexedAccess", "noImplicitOverride", "noPropertyAccessFromIndexSignature",
        "noUncheckedSideEffectImports", "forceConsistentCasingInFileNames", "isolatedModules",
        "verbatimModuleSyntax", "erasableSyntaxOnly", "checkJs",
    }
)  # fmt: skip
_STRICTER_WHEN_FALSE = frozenset(
    {
        "skipLibCheck", "skipDefaultLibCheck", "allowUnreachableCode", "allowUnusedLabels",
        "suppressImplicitAnyIndexErrors", "suppressExcessPropertyErrors", "noStrictGenericChecks",
        "noCheck", "noResolve", "noLib",
    }
)  # fmt: skip
_WITHOUT_EFFECT_ON_ERRORS = frozenset(
    {
        "target", "lib", "jsx", "jsxImportSource", "outDir", "outFile", "declaration",
        "declarationDir", "declarationMap", "sourceMap", "inlineSources", "inlineSourceMap",
        "removeComments", "importHelpers", "downlevelIteration", "newLine", "pretty",
        "esModuleInterop", "resolveJsonModule", "composite", "incremental", "tsBuildInfoFile",
        "emitDecoratorMetadata", "experimentalDecorators", "useDefineForClassFields", "sourceRoot",
        "emitDeclarationOnly", "stripInternal", "preserveSymlinks", "plugins", "listFiles",
    }
)  # fmt: skip
_EDITORS = frozenset({"$schema", "compileOnSave", "display", "_version", "buildOptions", "ts-node"})


def looser_compiler(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    """What the new configuration overlooks and the old one did not, each in words."""
    yield from _looser_options(_table(before, "compilerOptions"), _table(after, "compilerOptions"))
    for name in ("include", "files", "references"):
        old, new = _entries(before.get(name)), _entries(after.get(name))
        if (old and not old <= new) or (new and not old and before.get(name) != after.get(name)):
            yield f"'{name}' no longer covers all that it did"
    if not _entries(after.get("exclude")) <= _entries(before.get("exclude")):
        yield "'exclude' grew"
    known = {"compilerOptions", "include", "files", "references", "exclude"} | _EDITORS
    for name in sorted((before.keys() | after.keys()) - known):
        if before.get(name) != after.get(name):
            yield f"'{name}' was changed"


def _looser_options(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new and (name in before) == (name in after):
            continue
        if name in _WITHOUT_EFFECT_ON_ERRORS or (name in _STRICTER_WHEN_TRUE and new is True):
            continue
        if name in _STRICTER_WHEN_FALSE and new is False:
            continue
        if name == "paths" and _only_adds_own_aliases(old, new):
            continue
        yield f"compiler option '{name}' was changed"


def _only_adds_own_aliases(old: object, new: object) -> bool:
    was = old if isinstance(old, dict) else {}
    if not isinstance(new, dict) or any(new.get(name) != where for name, where in was.items()):
        return False
    return all(name.startswith(("@/", "~/", "#")) for name in new.keys() - was.keys())


def _table(settings: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}


def _entries(value: object) -> set[str]:
    return {str(entry) for entry in value} if isinstance(value, list) else set()
