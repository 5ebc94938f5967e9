"""How models are built and run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from convlint.report import Problem
from convlint.request.conditions import check_conditions
from convlint.request.inputs import read_argument, read_input
from convlint.request.mistakes import UsageError
from convlint.request.targets import example_of
from convlint.trace.protocol import InputText


@dataclass(frozen=True, slots=True)
class Options:
    """How models are built and run.  ``inputs``, ``arguments`` and ``where`` speak of explicit targets only.

    ``timeout`` is in seconds for each model, ``memory`` in megabytes for a worker; ``python`` None looks for the
    project's interpreter.  ``jobs`` is how many models are run at a time; None stands for one for each core.
    """

    inputs: tuple[InputText, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    where: tuple[str, ...] = ()
    timeout: float = 60.0
    memory: int = 4096
    python: str | None = None
    jobs: int | None = None

    @classmethod
    def read(
        cls,
        *,
        inputs: Sequence[str] = (),
        arguments: Sequence[str] = (),
        where: Sequence[str] = (),
        timeout: float = 60.0,
        memory: int = 4096,
        python: str | None = None,
    ) -> "Options":
        """The options for what was written on the command line; raises UsageError."""
        if python is not None and not Path(python).exists():
            raise UsageError(Problem("there is no such interpreter", "--python", python, 0, len(python)))
        read_inputs = tuple(read_input(text) for text in inputs)
        check_conditions(where, read_inputs)
        return cls(read_inputs, tuple(read_argument(text) for text in arguments), tuple(where), timeout, memory, python)

    def check_path(self, text: str) -> None:
        """That nothing was said that fits one model only, for a path with several; raises UsageError."""
        said = {"--input": self.inputs, "--arg": self.arguments, "--where": self.where}
        for option, values in said.items():
            if values:
                message = f"{option} speaks of one model, and {text} may have several"
                raise UsageError(Problem(message, "", text, 0, len(text), (f"name the model: {example_of(text)}",)))
