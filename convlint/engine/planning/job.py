"""One model to trace, and what is known of it before."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from convlint.discover import DiscoveredModel
from convlint.report import Problem
from convlint.trace.protocol import ModelRef, TraceRequest


@dataclass(frozen=True, slots=True)
class Job:
    """One model to trace: the request, and where its class stands as far as that is known before.

    ``places`` say where the command line or the settings have what the request says: by ``arg:depth``, ``input:0`` or
    ``where:1`` a problem there, still without words.
    """

    request: TraceRequest
    path: str
    line: int = 1
    assumed: tuple[str, ...] = ()
    shown_in: tuple[str, ...] = ()
    """The files, by absolute paths, that say how it is built and used."""
    places: tuple[tuple[str, Problem], ...] = ()

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.request.name or self.request.model.qualname


def job_of_discovered(model: DiscoveredModel) -> Job:
    """The job for a model that discovery found."""
    reference = ModelRef(os.path.abspath(model.path), model.qualname, model.arguments, packages=model.packages)
    request = TraceRequest(reference, model.inputs, model.where, nominal=model.nominal, name=model.name)
    return Job(request, model.path, model.span.line, model.assumed, absolute(model.shown_in))


def absolute(paths: Iterable[str]) -> tuple[str, ...]:
    """The same paths from wherever they are read."""
    return tuple(map(os.path.abspath, paths))
