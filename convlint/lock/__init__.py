"""The contracts of a repository's models as they were recorded, and what has changed since.

``convlint contract --write`` records them in ``convlint.lock``; ``convlint check --locked`` compares.
"""

from convlint.lock.changes import Change, changes
from convlint.lock.file import LOCK_NAME, Lock, LockError, find_lock, lock_paths, read_lock
from convlint.lock.recorded import Exact, UnreadableContractError, record

__all__ = [
    "LOCK_NAME",
    "Change",
    "Exact",
    "Lock",
    "LockError",
    "UnreadableContractError",
    "changes",
    "find_lock",
    "lock_paths",
    "read_lock",
    "record",
]
