"""What comments at classes say of building and running them, put to the models of a run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from convlint.diagnostics import Span
from convlint.discover import DiscoveredModel
from convlint.engine.planning.comments import Comments
from convlint.engine.planning.mistakes import mistake_of
from convlint.request import UsageError, check_conditions, read_argument, read_input
from convlint.source.directives import Directive, Kind, Mistake
from convlint.source.notebook import line_in_words
from convlint.trace.protocol import InputText

T = TypeVar("T")


@dataclass(slots=True)
class Directed:
    """The directives at the classes of a run, and what of them cannot be followed."""

    comments: Comments
    _mistakes: dict[Mistake, None] = field(default_factory=dict)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Each once, whichever models met it."""
        return tuple(self._mistakes)

    def described(self, models: Sequence[DiscoveredModel]) -> list[DiscoveredModel]:
        """The models as the comments at their classes have them; of what cannot be read, the files' own word holds."""
        found: list[DiscoveredModel] = []
        built: set[Span] = set()
        for model in models:
            directives = self.comments.of(model.span.path).at_class(model.span.line)
            if any(each.kind is Kind.ARG for each in directives):
                # Of the several ways in which the files build a class, the one that is written down is left.
                if model.span in built:
                    continue
                built.add(model.span)
            found.append(self._described(model, directives) if directives else model)
        return found

    def look_for_models(self, path: str, models: Iterable[DiscoveredModel]) -> None:
        """Take down the declarations of a file that stand at none of its ``models``."""
        lines = {each.span.line for each in models if each.span.path == path}
        for directive in self.comments.of(path).all:
            if directive.class_line is not None and directive.class_line not in lines:
                self._mistakes[
                    Mistake(
                        f"this class is no model, so `{directive.kind}` applies to nothing",
                        directive.span,
                        ("a model is a class of torch.nn.Module with a `forward`",),
                    )
                ] = None

    def _described(self, model: DiscoveredModel, directives: Sequence[Directive]) -> DiscoveredModel:
        arguments = self._read(directives, Kind.ARG, read_argument)
        if arguments:
            model = replace(
                model,
                path=model.span.path,
                qualname=model.class_name,
                arguments=arguments,
                arguments_source=_source(directives, Kind.ARG),
                variant="",
            )
        inputs = self._read(directives, Kind.INPUT, read_input)
        if inputs:
            model = replace(model, inputs=inputs, inputs_source=_source(directives, Kind.INPUT), nominal={})
        elif _of(directives, Kind.INPUT):
            return model  # conditions speak of sizes of the inputs that cannot be read

        def read_where(text: str) -> str:
            check_conditions([text], model.inputs)
            return text

        where = self._read(directives, Kind.WHERE, read_where)
        return replace(model, where=where, where_source=_source(directives, Kind.WHERE)) if where else model

    def _read(self, directives: Sequence[Directive], kind: Kind, read: Callable[[str], T]) -> tuple[T, ...]:
        """What the items of one kind of directive say; nothing where one of them cannot be read."""
        found: list[T] = []
        items = [item for directive in _of(directives, kind) for item in directive.items]
        for item in items:
            try:
                found.append(read(f"{item.name}={item.text}" if item.name else item.text))
            except UsageError as error:
                self._mistakes[mistake_of(error.problem, item)] = None
        return tuple(found) if len(found) == len(items) else ()


def fit(where: Sequence[str], inputs: Sequence[InputText]) -> bool:
    """Whether conditions speak only of sizes that ``inputs`` have."""
    try:
        check_conditions(where, inputs)
    except UsageError:
        return False
    return True


def _of(directives: Iterable[Directive], kind: Kind) -> list[Directive]:
    return [each for each in directives if each.kind is kind]


def _source(directives: Iterable[Directive], kind: Kind) -> str:
    span = _of(directives, kind)[0].span
    return f"the directive, {line_in_words(span.path, span.line)}"
