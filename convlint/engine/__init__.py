"""Everything that users start, from the command line or from Python, goes through here.

A run is `planning`, then `examining` each model, then `reporting`; `pipeline` has it in one function.  What else a run
is for builds on that: `adoption`, `locking`, `answers` on contracts, `unexecuted`, and `session` for editors.
"""

from convlint.engine.adoption import add_ignores, propose_ignores
from convlint.engine.answers import contract
from convlint.engine.examining.memory import remembering
from convlint.engine.locking import compared, open_lock, record
from convlint.engine.pipeline import check, fix, propose_patch, trace
from convlint.engine.planning.jobs import changed, files
from convlint.engine.planning.shards import Shard
from convlint.engine.progress import Progress, Step
from convlint.engine.unexecuted import check_unexecuted

__all__ = [
    "Progress",
    "Shard",
    "Step",
    "add_ignores",
    "changed",
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
