"""Everything that users start, from the command line or from Python, goes through here."""

from convlint.engine.jobs import files
from convlint.engine.pipeline import check, contract, fix, propose_patch, trace
from convlint.engine.progress import Progress, Step

__all__ = ["Progress", "Step", "check", "contract", "files", "fix", "propose_patch", "trace"]
