"""convlint: a static linter for PyTorch convolutional networks.

The façade: `check` lints files and models, `contract` says which input sizes a model accepts.  Importing this package
imports neither torch nor click.
"""

from convlint.diagnostics import Diagnostic

__version__ = "0.1.0"

__all__ = ["Diagnostic", "__version__"]
