"""What discovery yields, as frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from convlint.diagnostics import Span
from convlint.trace.protocol import InputText


@dataclass(frozen=True, slots=True)
class DiscoveredModel:
    """A class that is an ``nn.Module`` with a ``forward``, and what its file says about using it.

    ``qualname`` is what to call in ``path``: the class, or a function that builds it where only that knows the
    arguments.  ``span`` is the name of the class where it is defined.  ``arguments`` are pairs of a parameter's name
    (or its position, ``"0"``) and Python source text that means the same in the namespace of ``path``.  ``inputs`` is
    empty where nothing shows them; ``nominal`` are the sizes, by symbol, that the example has.  ``arguments_source``
    and ``inputs_source`` say where that knowledge is from, in words, and are empty where there is none.
    ``is_root`` is False where another class builds this one, which is then checked inside of that.
    """

    path: str
    qualname: str
    class_name: str
    span: Span
    is_root: bool
    arguments: tuple[tuple[str, str], ...] = ()
    arguments_source: str = ""
    inputs: tuple[InputText, ...] = ()
    inputs_source: str = ""
    nominal: Mapping[str, int] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    """Top-level modules from outside of the project that an import of ``path`` imports."""
    where: tuple[str, ...] = ()
    where_source: str = ""
    """Which sizes matter, and who says so: no code does, but a comment or the settings may."""
    last_line: int = 0
    """Where the class ends; 0 where that is not known."""
    variant: str = ""
    """What tells this one from the others of the same class, ``block=Bottleneck`` or a factory; empty for the first."""

    shown_in: tuple[str, ...] = ()
    """The files that the arguments and inputs are from."""

    inside: str = ""
    """For a model that is checked inside of another which no file that was asked for has: the file that has it."""
    host: "DiscoveredModel | None" = None
    """That other model, where it is known."""

    @property
    def name(self) -> str:
        """How reports call it."""
        if self.variant == self.qualname:
            return self.qualname
        return f"{self.class_name}({self.variant})" if self.variant else self.class_name

    @property
    def assumed(self) -> tuple[str, ...]:
        """Where arguments and inputs are from, one line each."""
        known = (
            ("arguments", self.arguments_source), ("input", self.inputs_source), ("sizes", self.where_source),
        )  # fmt: skip
        return tuple(f"{what} from {source}" for what, source in known if source)


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that cannot be read or is no Python: why, where, and what to do about it."""

    span: Span
    message: str
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """The models of some paths in the order of place, and the files that could not be read."""

    models: tuple[DiscoveredModel, ...] = ()
    unreadable: tuple[UnreadableFile, ...] = ()
    files: tuple[str, ...] = ()
    """The files that were read, also those without a model."""
    unsearched: str = ""
    """The directory of which not all files could be looked through for what they say about the models."""

    @property
    def roots(self) -> tuple[DiscoveredModel, ...]:
        """The models that are checked by themselves."""
        return tuple(model for model in self.models if model.is_root)
