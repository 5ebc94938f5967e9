"""Everything that users start, from the command line or from Python, goes through here.

In the order of a run, which `pipeline` has in one function:

- what there is to do: `jobs` with `declared` (the settings' word), `directed` and `comments` (the comments'), `shards`
- each model: `crew` and `memory` around `examine`, which is `look`, `proof`, and `alone` for parts; `described`
- what of it is reported: `run` with `found`, `suppression`, `notices`, `coverage`, and `mending` for fixes
- what else a run is for: `adoption`, `locking`, `answers` on contracts, `unexecuted`, and `session` for editors
"""

from convlint.engine.adoption import add_ignores, propose_ignores
from convlint.engine.answers import contract
from convlint.engine.jobs import files
from convlint.engine.locking import compared, open_lock, record
from convlint.engine.memory import remembering
from convlint.engine.pipeline import check, fix, propose_patch, trace
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
