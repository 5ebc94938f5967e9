"""Which packages from outside of a project a file is sure to import, itself or through other files of the project."""

import sys

from convlint.discover.module import ModuleSyntax, imported
from convlint.discover.project import Project


def packages_of(module: ModuleSyntax, project: Project) -> tuple[str, ...]:
    """Their top-level names.

    None where a file speaks of environment variables: what packages read there they have to find when it imports them.
    """
    found: set[str] = set()
    seen: set[str] = set()
    waiting: list[ModuleSyntax] = [module]
    while waiting:
        each = waiting.pop()
        if each.path in seen:
            continue
        seen.add(each.path)
        if "environ" in each.source.text or "putenv" in each.source.text:
            return ()
        # At the top level only: what stands under an ``if`` or in a ``try`` may not be imported.
        for wanted in imported(each.tree.body):
            path = project.file_of(each, wanted)
            local = project.module(path) if path else None
            if local is not None:
                waiting.append(local)
            elif path is None and wanted.level == 0:
                found.add(wanted.module.partition(".")[0])
    return tuple(sorted(found - sys.stdlib_module_names))
