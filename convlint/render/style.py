"""Colour for terminals, or none."""

from dataclasses import dataclass

from convlint.diagnostics import Severity

_CODES = {"bold": "1", "red": "1;31", "yellow": "1;33", "cyan": "1;36", "blue": "1;34", "green": "1;32", "dim": "2"}
_SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


@dataclass(frozen=True, slots=True)
class Style:
    """Wraps text in ANSI colours when ``colour`` is set, and leaves it alone otherwise."""

    colour: bool = False

    def paint(self, name: str, text: str) -> str:
        """``text`` in the colour called ``name``."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.colour and text else text

    def severity(self, severity: Severity, text: str) -> str:
        """``text`` in the colour of ``severity``."""
        return self.paint(_SEVERITY[severity], text)


PLAIN = Style()
