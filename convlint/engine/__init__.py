"""Everything that users start, from the command line or from Python, goes through here."""

from convlint.engine.adoption import add_ignores, propose_ignores
from convlint.engine.jobs import files
from convlint.engine.locking import compared, open_lock, record
from convlint.engine.memory import remembering
from convlint.engine.pipeline import check, contract, fix, propose_patch, trace
from convlint.engine.progress import Progress, Step
from convlint.engine.shards import Shard
from convlint.engine.unexecuted import check_unexecuted

__all__ = [
    "Progress",
    "Shard",
    "Step",
    "add_ignores",
    "check",
    "check_unexecuted",
    "compared",
    "contract",
    "files",
    "fix",
    "open_lock",
    "propose_ignores",
    "propose_patch",
    "record",
    "remembering",
    "trace",
]
