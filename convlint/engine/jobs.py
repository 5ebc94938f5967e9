"""From targets and paths to jobs: which models to trace, each with what is known of it before."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from convlint.discover import DiscoveredModel, Discovery, UnreadableFile, discover
from convlint.report import Problem
from convlint.request import Options, Target, UsageError, check_conditions
from convlint.trace.protocol import ModelRef, TraceRequest


@dataclass(frozen=True, slots=True)
class Job:
    """One model to trace: the request, and where its class stands as far as that is known before."""

    request: TraceRequest
    path: str
    line: int = 1
    assumed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.request.name or self.request.model.qualname


@dataclass(slots=True)
class Plan:
    """What there is to do, the files that are no Python, and what could not be understood."""

    jobs: list[Job] = field(default_factory=list)
    unreadable: tuple[UnreadableFile, ...] = ()
    problems: list[Problem] = field(default_factory=list)


def plan(targets: Sequence[str], options: Options) -> Plan:
    """The models that ``targets`` mean."""
    found = Plan()
    paths: list[str] = []
    for text in targets:
        try:
            target = Target.read(text)
            if isinstance(target, Target):
                found.jobs.append(asked(target, options))
            else:
                options.check_path(text)
                paths.append(text)
        except UsageError as error:
            found.problems.append(error.problem)
    if paths:
        discovery = discover(paths)
        found.unreadable = discovery.unreadable
        found.problems.extend(_without_models(paths, discovery))
        found.jobs.extend(_discovered(model) for model in discovery.roots)
    return found


def asked(target: Target, options: Options) -> Job:
    """The job for one model by name.  What the options leave open is taken from its file, where that shows it."""
    request = TraceRequest(target.model(options.arguments), options.inputs, options.where, name=target.qualname)
    if not target.is_file or (options.arguments and options.inputs):
        return Job(request, target.source)
    models = discover([target.source]).models
    known = next((each for each in models if each.class_name == target.qualname and not each.variant), None)
    if known is None:
        return Job(request, target.source)
    request = replace(request, model=replace(request.model, packages=known.packages))
    assumed: list[str] = []
    if not options.arguments and known.arguments_source:
        model = replace(request.model, qualname=known.qualname, arguments=known.arguments)
        request = replace(request, model=model)
        assumed.append(f"arguments from {known.arguments_source}")
    if not options.inputs and known.inputs_source:
        check_conditions(options.where, known.inputs)
        request = replace(request, inputs=known.inputs, nominal=known.nominal)
        assumed.append(f"input from {known.inputs_source}")
    return Job(request, target.source, known.span.line, tuple(assumed))


def _discovered(model: DiscoveredModel) -> Job:
    reference = ModelRef(os.path.abspath(model.path), model.qualname, model.arguments, packages=model.packages)
    request = TraceRequest(reference, model.inputs, nominal=model.nominal, name=model.name)
    return Job(request, model.path, model.span.line, model.assumed)


def _without_models(paths: Iterable[str], discovery: Discovery) -> Iterable[Problem]:
    """The directories that were named and have no model."""
    files = [each.path for each in discovery.models] + [each.span.path for each in discovery.unreadable]
    seen = [Path(each).resolve() for each in files]
    help_ = "name a directory or file with a class of torch.nn.Module, or one model: path/file.py:Class"
    for path in paths:
        where = Path(path).resolve()
        if where.is_dir() and not any(each.is_relative_to(where) for each in seen):
            yield Problem("there is no model in this directory", "", path, 0, len(path), (help_,))
