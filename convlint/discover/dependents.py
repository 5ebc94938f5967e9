"""Which files depend on others, by their imports: where one changes, the models of all of these may be other ones."""

import os
from collections.abc import Iterable

from convlint.discover.module import ModuleSyntax, all_statements, imported
from convlint.discover.project import Project


def dependents(modules: Iterable[ModuleSyntax], changed: Iterable[str], project: Project) -> frozenset[str]:
    """The real paths of ``changed`` files, and of those that import one of them, themselves or through others.

    Looked for among ``modules`` and all that these import.
    """
    importers: dict[str, set[str]] = {}
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        importer = os.path.realpath(module.path)
        if importer in seen:
            continue
        seen.add(importer)
        for wanted in imported(all_statements(module.tree)):
            path = project.file_of(module, wanted)
            if path is None:
                continue
            importers.setdefault(os.path.realpath(path), set()).add(importer)
            target = project.module(path)
            if target is not None:
                waiting.append(target)
    found: set[str] = set()
    spreading = [os.path.realpath(path) for path in changed]
    while spreading:
        path = spreading.pop()
        if path not in found:
            found.add(path)
            spreading.extend(importers.get(path, ()))
    return frozenset(found)
