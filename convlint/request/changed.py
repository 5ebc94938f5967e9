"""Which files a change is about, where nobody names them: those that git has otherwise than the last commit."""

import os
import subprocess

from convlint.discover.files import is_source
from convlint.filesystem import why_refused
from convlint.report import Problem
from convlint.request.mistakes import UsageError

_TOP = ("git", "rev-parse", "--show-toplevel")
_STATUS = ("git", "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
"""What it prints is for programs.  A repository may name a program for `fsmonitor`, which this one does not run."""

_HELP = ("name the files that changed: `convlint check --affected PATH...`",)


def changed_files() -> tuple[str, ...]:
    """The Python files and notebooks of the repository that differ from its last commit, new ones too.

    Paths are from the working directory.  Raises UsageError where there is no repository, or no git.
    """
    top = _said(_TOP)
    found = _said(_STATUS)
    root = os.fsdecode(top.removesuffix(b"\n"))
    names = (os.fsdecode(entry[len(b"XY ") :]) for entry in found.split(b"\0") if entry)
    paths = sorted(os.path.relpath(os.path.join(root, name)) for name in names)
    return tuple(path for path in paths if os.path.isfile(path) and is_source(path))


def _said(command: tuple[str, ...]) -> bytes:
    """What git prints; raises UsageError with its reason where it prints nothing."""
    try:
        return subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603  (one of the two above)
    except OSError as error:
        raise _unknown(f"git cannot be run: {why_refused(error)}") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").splitlines()
        raise _unknown(lines[0].removeprefix("fatal: ") if lines else "git fails") from error


def _unknown(why: str) -> UsageError:
    return UsageError(Problem(f"which files changed is not known: {why}", help=_HELP))
