"""What the terminal at the other end can show: colour, how many columns, which characters."""

import codecs
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Any, TextIO, TypeVar

import click

from convlint.filesystem import discard, why_refused

Command = TypeVar("Command", bound=Callable[..., Any])

_DEFAULT_COLUMNS = 80
_SPELLING = {
    "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")", "×": "x", "·": "*", "−": "-", "–": "-", "—": "-", "…": "...",
    "≤": "<=", "≥": ">=", "≠": "!=", "≡": "=", "∈": "in", "∉": "not in", "→": "->", "∞": "inf", "∪": "or", "∧": "and",
    "∨": "or", "¬": "not ", "√": "sqrt", "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
_POWER = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]")


def colour_option(command: Command) -> Command:
    """``--color``, which stands above what the environment says; `coloured` knows it."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="Colour the output: auto does so on a terminal, unless NO_COLOR is set or TERM is dumb.",
    )(command)


def _remember(ctx: click.Context, param: click.Parameter, value: str) -> None:
    del param
    ctx.color = {"always": True, "never": False, "auto": _wanted()}[value]


def _wanted() -> bool | None:
    """What the environment says, whatever the stream is; None where it says nothing.

    https://no-color.org, https://force-color.org and https://bixense.com/clicolors, in this order.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0"} or os.environ.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    if os.environ.get("CLICOLOR") == "0" or os.environ.get("TERM") == "dumb":
        return False
    return None


def is_terminal(stream: TextIO | None) -> bool:
    """Whether ``stream`` is a terminal; None is one that was closed before Python began."""
    return stream is not None and stream.isatty()


def coloured(stream: TextIO | None) -> bool:
    """Whether what is written to ``stream`` has colour."""
    context = click.get_current_context(silent=True)
    wanted = _wanted() if context is None or context.color is None else context.color
    return is_terminal(stream) if wanted is None else wanted


def columns_of(stream: TextIO | None) -> int | None:
    """How wide the terminal is that ``stream`` is, None if it is none; ``COLUMNS`` stands above what it says itself."""
    if stream is None or not is_terminal(stream):
        return None
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_COLUMNS
    except (OSError, ValueError):
        return _DEFAULT_COLUMNS


class UnwritableError(Exception):
    """What is printed cannot be written."""


def say(text: str, stream: TextIO | None = None) -> str:
    """Write ``text`` to ``stream`` (standard output), without its colours where they are not wanted; gives it as it is
    there.

    Not as click would by itself: it writes UTF-8 where the stream's encoding is ASCII.  Raises UnwritableError where
    standard output takes nothing, such as on a full disk; that nobody reads it any more is left to click.
    """
    stream = stream or sys.stdout
    try:
        click.echo(text, file=stream, nl=False, color=coloured(stream))
    except BrokenPipeError:
        raise
    except OSError as error:
        discard(stream)
        raise UnwritableError(f"the output cannot be written: {why_refused(error)}") from error
    return text if coloured(stream) else click.unstyle(text)


def spell_out(stream: TextIO) -> None:
    """Let ``stream`` write what its encoding has no character for in ASCII: ``ceil(H/2)`` for ``⌈H/2⌉``."""
    if hasattr(stream, "reconfigure"):
        codecs.register_error("convlint", _spelled)
        stream.reconfigure(errors="convlint")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object
    return "".join(_spell(text, index) for index in range(error.start, error.end)), error.end


def _spell(text: str, index: int) -> str:
    character = text[index]
    before = text[index - 1 : index]
    if _POWER.match(character):
        return f"{'' if _POWER.match(before) else '**'}{unicodedata.digit(character)}"
    if character in "⌈⌊" and (before.isalnum() or before in {"⌉", "⌋", ")"}):
        return f"*{_SPELLING[character]}"
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _SPELLING.get(character) or plain or "?"
