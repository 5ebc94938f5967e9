"""convlint: a static linter for PyTorch convolutional networks.

The façade: `check` lints files and models, `contract` says which input sizes a model accepts.  Importing this package
imports next to nothing: a run in which nothing has changed is over sooner than that would take.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not imported here
    from collections.abc import Sequence

    from convlint.diagnostics import Diagnostic
    from convlint.graph.contract import Contract
    from convlint.settings import Settings

__version__ = "0.1.0"

__all__ = ["Diagnostic", "__version__", "check", "contract"]


def __getattr__(name: str) -> object:
    """`Diagnostic`, imported when it is asked for."""
    if name != "Diagnostic":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from convlint.diagnostics import Diagnostic

    return Diagnostic


def check(
    *targets: str,
    inputs: "Sequence[str]" = (),
    arguments: "Sequence[str]" = (),
    where: "Sequence[str]" = (),
    settings: "Settings | None" = None,
) -> "tuple[Diagnostic, ...]":
    """The findings in files, directories and models (``path/file.py:Class``, ``package.module:callable``).

    ``inputs`` are shapes (``"N 3 H W"``, ``x="N 3 H W"``), ``arguments`` the constructor's (``"n_classes=2"``),
    ``where`` conditions on sizes (``"H % 32 == 0"``), as on the command line.  Without ``settings``, those of the
    nearest settings files hold.  Printed, a finding reads as on the command line.  Raises ValueError for what cannot
    run.
    """
    from convlint import engine
    from convlint.render.printed import PrintedDiagnostic
    from convlint.request import Options, UsageError
    from convlint.settings import resolve

    options = Options.read(inputs=inputs, arguments=arguments, where=where)
    report = engine.check(targets, options, settings or resolve(os.getcwd(), targets=targets).settings)
    for problem in report.problems:
        raise UsageError(problem)
    return tuple(PrintedDiagnostic.of(each, report.sources) for each in report.diagnostics)


def contract(
    target: str,
    *,
    inputs: "Sequence[str]" = (),
    arguments: "Sequence[str]" = (),
    where: "Sequence[str]" = (),
    settings: "Settings | None" = None,
) -> "Contract":
    """Which input sizes a model accepts; arguments as for `check`.  Raises ValueError where it cannot be traced.

    Printed, it reads as `convlint contract` has it.  Its ``accepts({"H": 96})`` leaves the other symbols open, as
    ``--at`` does; ``outputs`` takes a size for each.  Both raise ValueError for a symbol that no input has.
    """
    from convlint import engine
    from convlint.render.printed import PrintedContract
    from convlint.request import Options
    from convlint.settings import resolve

    options = Options.read(inputs=inputs, arguments=arguments, where=where)
    settings = settings or resolve(os.getcwd(), targets=[target]).settings
    answer = engine.contract(target, options, settings=settings)
    return PrintedContract(answer.contract.graph, answer.path)
