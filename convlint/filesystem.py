"""Files and directories as all of convlint uses them: what lies above, files written whole, why the system refused."""

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not imported here
    from typing import TextIO

PROBE = "convlint.probe"
"""The audit event of a look whether there is a file; its argument is the path."""


def is_file(path: str) -> bool:
    """Whether there is a file at ``path``; said aloud, since who keeps results has to know what they depend on."""
    sys.audit(PROBE, path)
    return os.path.isfile(path)


def exists(path: str) -> bool:
    """Whether anything is at ``path``; where nothing is, that is said aloud as well."""
    found = os.path.exists(path)
    if not found:
        sys.audit(PROBE, path)
    return found


def upwards(start: str) -> Iterator[str]:
    """The absolute path of ``start`` and those of the directories above it, the nearest first."""
    directory = os.path.abspath(start)
    while True:
        yield directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return
        directory = parent


def write_whole(path: str, data: bytes, *, lasting: bool = False) -> None:
    """Write a file at once: whoever reads it finds the old content or the new one.

    A link stays one, and a file that was there keeps its mode.  ``lasting`` waits until it would outlive a power cut.
    Raises OSError, and then nothing has changed.
    """
    path = os.path.realpath(path)
    beside = os.path.join(os.path.dirname(path), f".convlint-{os.getpid()}-{time.monotonic_ns()}")
    with open(beside, "xb") as file:
        try:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
            file.close()
            with suppress(FileNotFoundError):
                os.chmod(beside, stat.S_IMODE(os.stat(path).st_mode))
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise


def discard(stream: "TextIO") -> None:
    """Let all that is still written to a file of the system go nowhere: also what Python writes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def why_refused(error: OSError) -> str:
    """What the system says of a failure, in the middle of a sentence: ``permission denied``."""
    return (error.strerror or str(error)).lower()
