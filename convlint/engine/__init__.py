"""Everything that users start, from the command line or from Python, goes through here."""

from convlint.engine.pipeline import check, contract, fix, propose_patch, trace

__all__ = ["check", "contract", "fix", "propose_patch", "trace"]
