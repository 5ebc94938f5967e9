"""Everything that users start, from the command line or from Python, goes through here."""

from convlint.engine.jobs import files
from convlint.engine.pipeline import check, contract, fix, propose_patch, trace

__all__ = ["check", "contract", "files", "fix", "propose_patch", "trace"]
