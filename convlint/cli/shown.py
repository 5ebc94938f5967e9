"""What ``convlint check`` printed, shown again as it is where stamps tell that nothing was touched since.

This is all that most runs of a hook need, so little is imported here, and click is not.  Whatever is in doubt is left
to the command itself: it compares contents, and knows the report that other forms and options show.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from convlint.cache import place
from convlint.cache.entries import from_bytes, path_of, write
from convlint.cache.stamps import is_settled, stamp_of
from convlint.filesystem import discard
from convlint.interpreter import project_python
from convlint.project import repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not imported here
    from convlint.cache.snapshot import Snapshot

_KIND = "shown"

_READ = ("CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONPATH", "TERM", "VIRTUAL_ENV")
"""Variables of the environment on which a report, or its look, depends, beside those with convlint in their name."""


class Shown:
    """What one command line printed in these circumstances."""

    def __init__(self, key: str, directory: str) -> None:
        self._key = key
        self._directory = directory
        """Where it is looked for; options and settings may name another place in ways that are not read here."""

    @classmethod
    def of_check(cls, arguments: Sequence[str]) -> "Shown | None":
        """That of ``convlint check``; None for other commands, and where what is printed is more than text."""
        stream = sys.stdout
        if list(arguments[:1]) != ["check"] or stream is None or stream.encoding.lower() != "utf-8":
            return None
        is_terminal = stream.isatty()
        if is_terminal and sys.platform == "win32":
            return None
        try:
            here = os.getcwd()
            columns = os.get_terminal_size(stream.fileno()).columns if is_terminal else None
        except (OSError, ValueError):
            return None
        circumstances = {
            "arguments": arguments,
            "columns": columns,
            "here": here,
            "repository": repository_root(here),
            "python": project_python(here),
            "convlint": [sys.executable, sys.version, os.path.dirname(__file__)],
            "environment": {name: os.environ[name] for name in sorted(os.environ) if _is_read(name)},
        }
        return cls(json.dumps(circumstances), place.directory(_given(arguments) or place.stated(here)))

    def again(self) -> int | None:
        """Print it and give the exit code; None where there is nothing, or something was touched since."""
        try:
            with open(path_of(self._directory, _KIND, self._key), "rb") as file:
                entry = from_bytes(file.read())
        except OSError:
            return None
        value = entry.get("value")
        if entry.get("key") != self._key or not isinstance(value, dict) or not _holds(value):
            return None
        return _print(value["text"], value["status"])

    def keep(self, directory: str, snapshot: "Snapshot", text: str, status: int) -> None:
        """Keep it in the cache at ``directory``, to be shown while all is as in ``snapshot``."""
        stamps = snapshot.stamps()
        if not all(is_settled(stamp, snapshot.taken) for stamp in stamps.values()):
            return  # only contents could tell whether something has changed
        value = {"stamps": stamps, "absent": snapshot.absent, "text": text, "status": status}
        with suppress(OSError, UnicodeEncodeError):
            text.encode()  # what has to be spelled in another way is left to the command
            write(directory, _KIND, self._key, value)


def _is_read(name: str) -> bool:
    return name in _READ or "CONVLINT" in name.upper()


def _given(arguments: Sequence[str]) -> str | None:
    """The directory of the cache that the command line or the environment names."""
    for index, each in enumerate(arguments):
        name, equals, value = each.partition("=")
        if name == "--cache-dir":
            return value if equals else next(iter(arguments[index + 1 :]), None)
    return os.environ.get("CONVLINT_CACHE_DIR")


def _holds(value: Mapping[str, object]) -> bool:
    """Whether all is as it was."""
    match value:
        case {"stamps": dict(stamps), "absent": list(absent), "text": str(), "status": int()}:
            return all(list(stamp_of(path)) == stamp for path, stamp in stamps.items()) and not any(
                map(os.path.lexists, absent)
            )
    return False


def _print(text: str, status: int) -> int | None:
    """Print ``text``; the exit code where nobody reads it is that of click, None where it cannot be written."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
        return 1
    except OSError:
        return None  # the command says so
    return status
