"""What holds for a run beyond what is asked for: ``[tool.convlint]`` of pyproject.toml, ``convlint.toml``, and options.

`resolve` reads them once, at the edge; `Settings` is what everything else is given.
"""

from convlint.settings.document import SettingsError
from convlint.settings.models import ModelSettings
from convlint.settings.resolve import Resolved, resolve
from convlint.settings.settings import DEFAULTS, Key, Settings, keys

__all__ = ["DEFAULTS", "Key", "ModelSettings", "Resolved", "Settings", "SettingsError", "keys", "resolve"]
