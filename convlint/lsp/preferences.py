"""What the client says about its own editor; what belongs to a project stands in the project's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

SECTION = "convlint"


@dataclass(frozen=True, slots=True)
class Preferences:
    """``show_info``: also findings that are no mistake.  ``config``: settings as after ``--config``."""

    show_info: bool = False
    inlay_hints: bool = True
    code_lens: bool = True
    config: tuple[str, ...] = ()

    def updated(self, value: Any) -> "Preferences":
        """With what a client sends, be it in the section's name or not; what it does not speak of stays.

        What it says of something else, or in another form, is left out.
        """
        table = value
        for name in ("settings", SECTION):
            table = table.get(name, table) if isinstance(table, Mapping) else {}
        if not isinstance(table, Mapping):
            return self
        flags = {"showInfo": "show_info", "inlayHints": "inlay_hints", "codeLens": "code_lens"}
        changes: dict[str, Any] = {
            field: table[name] for name, field in flags.items() if isinstance(table.get(name), bool)
        }
        config = table.get("config")
        if isinstance(config, list):
            changes["config"] = tuple(each for each in config if isinstance(each, str))
        return replace(self, **changes)
