"""Edits of several files under way: from the changes that rules ask for to one set of splices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from convlint.diagnostics import Edit, Span
from convlint.fixes.notebookfile import read_file
from convlint.fixes.sourcefile import SourceFile, Splice, original, then
from convlint.fixes.whence import Obstacle
from convlint.rules.remedy import Change, Remedy


class Library:
    """The files of a run, each read once, so that all fixes speak of the same bytes."""

    def __init__(self) -> None:
        self._files: dict[str, SourceFile] = {}

    def file(self, path: str) -> SourceFile:
        """The file at ``path``; raises OSError, SourceError."""
        if path not in self._files:
            self._files[path] = read_file(path)
        return self._files[path]


@dataclass(frozen=True)
class Draft:
    """Edits by path, in offsets of the files as they are in ``library``.

    ``computed`` says, as helps, which numbers were computed before and are written out now.
    """

    library: Library
    splices: Mapping[str, tuple[Splice, ...]] = field(default_factory=dict)
    computed: tuple[str, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """The files that it changes."""
        return frozenset(self.splices)

    def file(self, path: str) -> SourceFile:
        """A file with the edits; raises OSError, SourceError."""
        return self.library.file(path).edited(self.splices.get(path, ()))

    def contents(self) -> dict[str, bytes]:
        """The files that it changes, after the edits; raises SourceError."""
        return {path: self.file(path).data for path in self.splices}

    def with_remedy(self, remedy: Remedy) -> "Draft | tuple[Obstacle, ...]":
        """The draft with what a rule asks for, whose spans speak of the files with the edits so far.

        Raises ConflictError, SourceError, OSError.
        """
        from convlint.fixes.call import Edited, edit  # only now, since libcst takes long to import

        by_call: dict[Span, list[Change]] = {}
        for change in remedy.changes:
            by_call.setdefault(change.call, []).append(change)
        found: dict[str, list[Splice]] = {}
        obstacles: list[Obstacle] = []
        computed = list(self.computed)
        for call, changes in by_call.items():
            edited = edit(self.file(call.path), changes)
            if isinstance(edited, Edited):
                found.setdefault(call.path, []).extend(edited.splices)
                computed += edited.computed
            else:
                obstacles += edited
        if obstacles:
            return tuple(dict.fromkeys(obstacles))
        merged = {path: then(self.splices.get(path, ()), splices) for path, splices in found.items()}
        return Draft(self.library, {**self.splices, **merged}, tuple(dict.fromkeys(computed)))

    def with_edits(self, edits: Iterable[Edit]) -> "Draft":
        """The draft with edits of the files as they were; raises ConflictError, SourceError, OSError."""
        found = {path: list(splices) for path, splices in self.splices.items()}
        for each in edits:
            start, end = self.library.file(each.span.path).range(each.span)
            found.setdefault(each.span.path, []).append(Splice(start, end, each.content))
        return Draft(self.library, {path: then((), splices) for path, splices in found.items()})

    def edits(self) -> tuple[Edit, ...]:
        """The edits as spans of the files as they were."""
        return tuple(
            Edit(self.library.file(path).span(splice.start, splice.end), splice.content)
            for path in sorted(self.splices)
            for splice in self.splices[path]
        )

    def before(self, span: Span) -> Span | None:
        """Where a span of the edited files was before; None where an edit has written one of its ends."""
        splices = self.splices.get(span.path)
        if splices is None:
            return span
        try:
            start, end = (original(splices, offset) for offset in self.file(span.path).range(span))
        except IndexError:
            return None
        return None if start is None or end is None else self.library.file(span.path).span(start, end)
