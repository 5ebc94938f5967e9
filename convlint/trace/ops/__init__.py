"""What each operation of PyTorch does to sizes, by family."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Register every family's shape rules: a new family is one new file in this folder."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
