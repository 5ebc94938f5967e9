"""The job for one model by its name: what its project knows of it where nobody says."""

import ast
import os
from dataclasses import replace

from convlint.discover import DiscoveredModel, discover_named
from convlint.discover.files import FileFilter
from convlint.engine.planning.comments import Comments
from convlint.engine.planning.declared import Declared, completed
from convlint.engine.planning.directed import Directed, fit
from convlint.engine.planning.job import Job, absolute
from convlint.engine.planning.mistakes import problem_of
from convlint.request import Options, Target, UsageError, check_conditions
from convlint.settings import DEFAULTS, Settings
from convlint.trace.protocol import ModelRef, TraceRequest


def asked(target: Target, options: Options, settings: Settings = DEFAULTS) -> Job:
    """The job for one model by name.

    What the options leave open is taken from the settings, and what they leave open from the files of its project.
    Raises UsageError, also for comments at its class that cannot be followed.
    """
    directed = Directed(Comments())
    job = job_of(target, options, settings.files, Declared(settings), directed)
    for mistake in directed.mistakes:
        raise UsageError(problem_of(mistake))
    return job


def job_of(
    target: Target, options: Options, files: FileFilter, declared: Declared, directed: Directed
) -> Job:
    """The same in a run of several targets, which has read the settings and collects the mistakes in comments."""
    said = declared.of(target.source, {target.qualname})
    places = (*(said.places if said is not None else ()), *options.places)
    options, told = completed(options, said)
    request = TraceRequest(target.model(options.arguments), options.inputs, options.where, name=target.qualname)
    path = target.path
    if path is None or (options.arguments and options.inputs and options.where):
        return Job(request, target.source, assumed=told, places=places)
    models = discover_named(path, target.qualname, files)
    known = next((each for each in directed.described(models) if not each.variant), None)
    if known is None:
        return Job(request, target.source, assumed=told, places=places)
    if target.is_file:
        request = replace(request, model=replace(request.model, packages=known.packages))
    assumed = list(told)
    if not options.arguments and known.arguments_source and (model := _built_so(request.model, path, known)):
        request = replace(request, model=model)
        assumed.append(f"arguments from {known.arguments_source}")
    if not options.inputs and known.inputs_source:
        check_conditions(options.where, known.inputs)
        request = replace(request, inputs=known.inputs, nominal=known.nominal)
        assumed.append(f"input from {known.inputs_source}")
    if not options.where and known.where and fit(known.where, request.inputs):
        request = replace(request, where=known.where)
        assumed.append(f"sizes from {known.where_source}")
    line = known.span.line if target.is_file else 1
    return Job(request, target.source, line, tuple(assumed), absolute(known.shown_in), places)


def _built_so(model: ModelRef, path: str, known: DiscoveredModel) -> ModelRef | None:
    """The model that is named in ``path`` as it is known to be built; None where its arguments mean nothing there."""
    if os.path.realpath(known.path) == os.path.realpath(path):
        return replace(model, qualname=known.qualname, arguments=known.arguments)
    if known.qualname == known.class_name and all(_is_literal(text) for _, text in known.arguments):
        return replace(model, arguments=known.arguments)
    if model.is_file:
        return replace(model, source=os.path.abspath(known.path), qualname=known.qualname, arguments=known.arguments)
    return None


def _is_literal(text: str) -> bool:
    """Whether source means the same in every file."""
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True
