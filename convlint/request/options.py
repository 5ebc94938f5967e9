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

    @property
    def places(self) -> tuple[tuple[str, Problem], ...]:
        """What was written, by ``arg:depth``, ``input:0`` or ``where:1``: a problem there, still without words."""
        arguments = ((f"arg:{name}", "--arg", f"{name}={text}", len(name)) for name, text in self.arguments)
        shapes = [f"{each.name}={each.shape}" if each.name else each.shape for each in self.inputs]
        inputs = ((f"input:{index}", "--input", text, len(text)) for index, text in enumerate(shapes))
        where = ((f"where:{index}", "--where", text, len(text)) for index, text in enumerate(self.where))
        said = (*arguments, *inputs, *where)
        return tuple((key, Problem("", option, text, 0, length)) for key, option, text, length in said)

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
        read_arguments = tuple(read_argument(text) for text in arguments)
        _check_once("--arg", arguments, [name for name, _ in read_arguments])
        _check_once("--input", inputs, [each.name for each in read_inputs])
        return cls(read_inputs, read_arguments, tuple(where))

    def check_path(self, text: str) -> None:
        """That nothing was said that fits one model only, for a path with several; raises UsageError."""
        said = {"--input": self.inputs, "--arg": self.arguments, "--where": self.where}
        for option, values in said.items():
            if values:
                message = f"{option} speaks of one model, and {text} may have several"
                raise UsageError(Problem(message, "", text, 0, len(text), (f"name the model: {example_of(text)}",)))


def _check_once(option: str, texts: Sequence[str], names: Sequence[str | None]) -> None:
    """That no name is given twice; raises UsageError."""
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            text = texts[index]
            raise UsageError(Problem(f"`{name}` is given twice", option, text, text.find(name), len(name)))
