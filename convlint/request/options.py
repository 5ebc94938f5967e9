"""What is said on the command line of the models that are meant."""

from collections.abc import Sequence
from dataclasses import dataclass

from convlint.report import Problem
from convlint.request.conditions import check_conditions
from convlint.request.inputs import read_argument, read_input
from convlint.request.mistakes import UsageError
from convlint.request.targets import example_of
from convlint.trace.protocol import InputText


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is built and which sizes matter, for explicit targets only.

    ``affected`` is for paths only: the models of the working directory that depend on them are meant too.
    """

    inputs: tuple[InputText, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    where: tuple[str, ...] = ()
    affected: bool = False

    @classmethod
    def read(
        cls,
        *,
        inputs: Sequence[str] = (),
        arguments: Sequence[str] = (),
        where: Sequence[str] = (),
    ) -> "Options":
        """The options for what was written on the command line; raises UsageError."""
        read_inputs = tuple(read_input(text) for text in inputs)
        check_conditions(where, read_inputs)
        return cls(read_inputs, tuple(read_argument(text) for text in arguments), tuple(where))

    def check_path(self, text: str) -> None:
        """That nothing was said that fits one model only, for a path with several; raises UsageError."""
        said = {"--input": self.inputs, "--arg": self.arguments, "--where": self.where}
        for option, values in said.items():
            if values:
                message = f"{option} speaks of one model, and {text} may have several"
                raise UsageError(Problem(message, "", text, 0, len(text), (f"name the model: {example_of(text)}",)))
