"""What the client says about its own editor; what belongs to a project stands in the project's settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECTION = "convlint"


@dataclass(frozen=True)
class Preferences:
    """``show_info``: also findings that are no mistake.  ``config``: settings as after ``--config``."""

    show_info: bool = False
    inlay_hints: bool = True
    code_lens: bool = True
    config: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: Any) -> "Preferences":
        """Preferences as clients send them, in the section's name or without it; what is something else is left out."""
        table = value.get(SECTION, value) if isinstance(value, Mapping) else {}
        table = table if isinstance(table, Mapping) else {}

        def flag(name: str, default: bool) -> bool:
            found = table.get(name)
            return found if isinstance(found, bool) else default

        config = table.get("config")
        return cls(
            show_info=flag("showInfo", cls.show_info),
            inlay_hints=flag("inlayHints", cls.inlay_hints),
            code_lens=flag("codeLens", cls.code_lens),
            config=tuple(each for each in config if isinstance(each, str)) if isinstance(config, list) else (),
        )
