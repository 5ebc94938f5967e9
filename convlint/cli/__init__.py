"""The command line: options → engine → render → exit code.

Each command is a file of this package and is imported when it is run or its help is asked for, and the engine only when
a command runs.  Where nothing has changed since the same was asked, not even click is (see `convlint.cli.shown`).
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not imported here
    from typing import NoReturn


def main() -> "NoReturn":
    """Run the command line and exit."""
    from convlint.cli.shown import Shown

    shown = Shown.of_check(sys.argv[1:])
    status = shown.again() if shown is not None else None
    if status is None:
        from convlint.cli.group import run

        run(shown)
    raise SystemExit(status)
