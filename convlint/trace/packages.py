"""Installed packages that a process imports ahead of the file that needs them (worker side)."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Iterable

from convlint.trace.blame import INSTALLED


def installed(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the top-level ``names`` that lie among installed packages and are not imported here yet."""
    return tuple(sorted(name for name in set(names) if name not in sys.modules and _is_installed(name)))


def import_ahead(names: Iterable[str]) -> bool:
    """Import packages for processes that are forked from this one; False where those could not do with it.

    One that fails has to fail in the file that imports it, and the threads of one would be missing in a fork.
    """
    from convlint.trace.importing import import_package

    try:
        for name in names:
            import_package(name)
    except BaseException:
        return False
    return threading.active_count() == 1


def _is_installed(name: str) -> bool:
    """Whether a package is where nobody edits it; an editable one is the user's own code."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None and not INSTALLED.isdisjoint((spec.origin or "").split(os.sep))
