"""Checking without running the user's code: what the numbers show that single layers are written with."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from convlint.diagnostics import Severity, Span
from convlint.discover import UnreadableFile
from convlint.discover.literals import KEEPS_CHANNELS, Row, keeps_places, rows
from convlint.discover.module import UnparsableError, parse_module
from convlint.discover.project import Project
from convlint.engine.places import relocated
from convlint.engine.planning.jobs import plan
from convlint.engine.reporting.run import Run
from convlint.graph.chain import chain, channels_given, channels_taken
from convlint.graph.model import Layer
from convlint.report import ModelReport, Report
from convlint.request import Options
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.settings import DEFAULTS, Settings
from convlint.source.text import read_content

NOT_RUN = "not run (--no-exec)"

_OF_LAYERS = frozenset({
    "padding-exceeds-window", "off-centre-window", "checkerboard", "invalid-output-padding", "invalid-layer",
})  # fmt: skip
"""Rules that need no more than the numbers of one layer."""

_OF_NEIGHBOURS = frozenset({"channel-mismatch", "norm-mismatch"})
"""Rules that need those of the layer before it, too."""

_OF_RUNS = frozenset({"gridding"})
"""Rules that need all layers of a model, which a class that is one ``nn.Sequential`` shows."""

_OF_FILES = frozenset({"import-failed", "bad-directive"})
"""Rules that files which are no Python, and comments, show."""

_DEFAULTS = Options()


def check_unexecuted(targets: Sequence[str], options: Options = _DEFAULTS, settings: Settings = DEFAULTS) -> Report:
    """Check files, directories and single models by their syntax alone: no worker is started.

    Every model is ``skipped``, and the report names the rules that only running them could have shown.
    """
    planned = plan(targets, options, settings)
    run = Run(settings, planned.problems, planned.warnings, comments=planned.comments)
    run.models.extend(planned.left_out)
    for file in planned.unreadable:
        run.take_unreadable(file)
    for path in dict.fromkeys((*planned.files, *planned.others)):
        try:
            for row in _rows(path):
                run.take_findings(_findings(row), row.model)
        except UnparsableError as error:
            run.take_unreadable(UnreadableFile(error.span, str(error), error.help))
    for job in planned.jobs:
        place = relocated(Span(os.path.abspath(job.path), job.line, 1, job.line, 1))
        path = place.path if job.request.model.is_file else job.path
        run.models.append(ModelReport(job.name, path, place.line, "skipped", NOT_RUN))
    run.take_directives(planned)
    looked_for = _OF_LAYERS | _OF_NEIGHBOURS | _OF_RUNS | _OF_FILES
    return replace(run.report(), left_out=tuple(each.code for each in registry.rules() if each.name not in looked_for))


def _rows(path: str) -> tuple[Row, ...]:
    """The layers in a file; raises UnparsableError."""
    try:
        data = read_content(path)
    except OSError:
        return ()  # the plan has said so
    module = parse_module(path, data)
    return tuple(rows(module, Project()))


def _findings(row: Row) -> Iterator[Finding]:
    """What the layers of a row show; a comment at their call speaks of them, too."""
    for each in _found(row):
        yield replace(each, counterparts=each.counterparts | row.calls)


def _found(row: Row) -> Iterator[Finding]:
    for layer in row.layers:
        if layer is not None and "kernel_size" in layer.parameters:
            yield from registry.check(chain(row.model, row.span, [layer]), _OF_LAYERS)
    run = _run(row)
    if run:
        yield from registry.check(chain(row.model, row.span, run), _OF_RUNS)
    for pair in _mismatched(row):
        for each in registry.check(chain(row.model, row.span, pair), _OF_NEIGHBOURS):
            # Nobody saw that the layers are called one after the other.
            note = "not run: PyTorch raises if `nn.Sequential` is called as a whole"
            yield replace(each, severity=Severity.WARNING, notes=(*each.notes, note))


def _run(row: Row) -> list[Layer]:
    """The windows that a model is made of, where they are all that it is made of; else none."""
    layers = [each for each in row.layers if each is not None and not keeps_places(each)]
    is_known = row.is_whole and None not in row.layers and all("kernel_size" in each.parameters for each in layers)
    return layers if is_known else []


def _mismatched(row: Row) -> Iterator[tuple[Layer, Layer]]:
    """The layers of a row that take other channels than they are given, with those that give them."""
    giving: Layer | None = None
    for layer in row.layers:
        if layer is None:
            giving = None
        elif layer.kind not in {KEEPS_CHANNELS, "max_pool", "avg_pool"}:
            taken, given = channels_taken(layer), channels_given(giving) if giving is not None else None
            if giving is not None and taken is not None and given is not None and taken != given:
                yield giving, layer
            giving = layer if "kernel_size" in layer.parameters else None
