"""The one pipeline: paths and targets → traces → findings → Report.

Everything that users start, from the command line or from Python, goes through here.
"""

import io
import os
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from convlint.diagnostics import Diagnostic, Span
from convlint.discover import DiscoveredModel, UnreadableFile, discover
from convlint.graph.contract import Contract
from convlint.graph.model import ModelGraph
from convlint.interpreter import project_python
from convlint.render.inputs import input_text
from convlint.report import ContractAnswer, ModelReport, Problem, Report, Status
from convlint.request import ContractQuery, Options, Selection, Target, UsageError, check_conditions
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.symbolic.dim import evaluate, symbol
from convlint.symbolic.predicate import Predicate, all_of, equal
from convlint.trace.client import Client, WorkerUnusableError
from convlint.trace.limits import Limits
from convlint.trace.protocol import ConcreteInput, ModelRef, ReplayRequest, TraceFailure, TraceRequest

T = TypeVar("T")

_VERDICTS = {"returned": "PyTorch runs", "unsupported": "PyTorch cannot say on meta tensors what happens"}


def rule_names() -> dict[str, str]:
    """The names of all rules by their codes."""
    return {rule.code: rule.name for rule in registry.rules()}


_DEFAULTS = Options()
_EVERYTHING = Selection()
_NO_QUERY = ContractQuery()


def check(targets: Sequence[str], options: Options = _DEFAULTS, selection: Selection = _EVERYTHING) -> Report:
    """Check files, directories and single models.  What cannot be run is a problem of the report, no exception."""
    run = _Run(options, selection)
    jobs = run.jobs(targets)
    if jobs:
        with _client(options) as client:
            for job in jobs:
                try:
                    run.take(client, job)
                except WorkerUnusableError as error:
                    run.problems.append(_unusable(error))
                    break
    return run.report()


def trace(target: str, options: Options = _DEFAULTS) -> ModelGraph:
    """The graph of one model, its paths as they read from here; raises UsageError where there is none."""
    job = _asked(Target.read_one(target), options)
    with _client(options) as client:
        try:
            result = client.trace(job.request)
        except WorkerUnusableError as error:
            raise UsageError(_unusable(error)) from error
    if isinstance(result, TraceFailure):
        place = f"{_relative(result.span.path)}:{result.span.line}: " if result.span else ""
        raise UsageError(Problem(f"{place}{result.message}", help=result.help))
    return relocated(replace(result, assumed=(*job.assumed, *result.assumed)))


def contract(target: str, options: Options = _DEFAULTS, query: ContractQuery = _NO_QUERY) -> ContractAnswer:
    """What a model accepts; raises UsageError where it cannot be traced or ``query`` speaks of unknown sizes."""
    graph = trace(target, options)
    answer = ContractAnswer(Contract(graph), graph.span.path, query.at)
    query.check(answer.contract.symbols)
    given = all_of(*(equal(symbol(name), size) for name, size in query.at.items()))
    if query.listed is not None:
        name, low, high = query.listed
        verdicts = {n: _accepts(answer.contract, all_of(given, equal(symbol(name), n))) for n in range(low, high + 1)}
        return replace(
            answer,
            symbol=name,
            listed=tuple(n for n, verdict in verdicts.items() if verdict[0]),
            unknown=tuple(n for n, verdict in verdicts.items() if verdict[0] is None),
        )
    if not query.at:
        return answer
    accepted, witness = _accepts(answer.contract, given)
    outputs = answer.contract.outputs(witness) if witness else None
    return replace(answer, accepted=accepted, outputs=outputs or ())


def _accepts(contract: Contract, given: Predicate) -> tuple[bool | None, Mapping[str, int]]:
    """Whether some sizes that satisfy ``given`` are accepted, and such sizes; None where that is not known."""
    for domain in contract.accepted:
        witness = domain.witness(satisfying=given)
        if witness is not None:
            return True, witness
    if any(domain.witness(satisfying=given) is not None for domain in contract.unexplored):
        return None, {}
    return False, {}


@dataclass(frozen=True, slots=True)
class _Job:
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
class _Run:
    """What a check has found so far."""

    options: Options
    selection: Selection
    findings: list[Diagnostic] = field(default_factory=list)
    models: list[ModelReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def jobs(self, targets: Sequence[str]) -> list[_Job]:
        """The models that ``targets`` mean; what they cannot mean is taken down as problems."""
        jobs: list[_Job] = []
        paths: list[str] = []
        for text in targets:
            try:
                found = Target.read(text)
                if isinstance(found, Target):
                    jobs.append(_asked(found, self.options))
                else:
                    self.options.check_path(text)
                    paths.append(text)
            except UsageError as error:
                self.problems.append(error.problem)
        return [*jobs, *self._discovered(paths)] if paths else jobs

    def _discovered(self, paths: Sequence[str]) -> list[_Job]:
        discovery = discover(paths)
        for file in discovery.unreadable:
            self._report([registry.report("import-failed", file.message, file.span)])
            self.models.append(_unread(file))
        files = [each.path for each in discovery.models] + [each.span.path for each in discovery.unreadable]
        seen = [Path(each).resolve() for each in files]
        for path in paths:
            where = Path(path).resolve()
            if where.is_dir() and not any(each.is_relative_to(where) for each in seen):
                help_ = "name a directory or file with a class of torch.nn.Module, or one model: path/file.py:Class"
                self.problems.append(Problem("there is no model in this directory", "", path, 0, len(path), (help_,)))
        return [_job(model) for model in discovery.roots]

    def take(self, client: Client, job: _Job) -> None:
        """Trace one model and take down what there is to say about it; raises WorkerUnusableError."""
        result = client.trace(job.request)
        if isinstance(result, TraceFailure):
            self._take_failure(job, result)
            return
        self._report(self._proven(client, job, result, _findings(result)), job.name)
        reasons = _reasons(result)
        self.models.append(
            ModelReport(
                name=job.name,
                path=_relative(result.span.path),
                line=result.span.line,
                status="partial" if reasons else "checked",
                reason="; ".join(reasons),
                input=", ".join(input_text(each) for each in result.inputs),
                assumed=(*job.assumed, *result.assumed),
                contract=Contract(result).render(),
                graph=result,
            )
        )

    def _take_failure(self, job: _Job, failure: TraceFailure) -> None:
        model = job.request.model
        place = failure.span
        is_missing = failure.message == f"there is no `{model.qualname}` in {model.source}"
        if not model.is_file and (is_missing or place is None):
            target = f"{model.source}:{model.qualname}"
            self.problems.append(Problem(failure.message, "", target, 0, len(target), failure.help))
            return
        span = place or Span(os.path.abspath(job.path), job.line, 1, job.line, 1)
        finding = registry.report(failure.rule, failure.message, span, failure.help)
        self._report([finding], job.name)
        status: Status = "skipped" if failure.rule in {"construct-failed", "input-unknown"} else "failed"
        path = os.path.abspath(job.path) if model.is_file else span.path
        line = span.line if span.path == path and job.line == 1 else job.line
        self.models.append(ModelReport(job.name, _relative(path), line, status, failure.message))

    def _report(self, findings: Iterable[Finding], model: str = "") -> None:
        admitted = (each for each in findings if self.selection.admits(each.code, each.name))
        self.findings.extend(each.diagnostic(model) for each in admitted)

    def _proven(self, client: Client, job: _Job, graph: ModelGraph, findings: Iterable[Finding]) -> list[Finding]:
        """The findings without those that say "raises" and do not, when plain PyTorch runs at their witness."""
        found = list(findings)
        claims = [each for each in found if each.raises and each.witness is not None]
        if not claims:
            return found
        runs = tuple(_concrete(graph, each.witness or {}) for each in claims)
        outcomes = client.replay(ReplayRequest(job.request.model, runs))
        if isinstance(outcomes, TraceFailure):
            refuted = dict.fromkeys(map(id, claims), f"its replay failed: {outcomes.message}")
        else:
            refuted = {
                id(claim): f"{_VERDICTS[outcome.status]} at {dict(claim.witness or {})}"
                for claim, outcome in zip(claims, outcomes, strict=True)
                if outcome.status != "raised"
            }
        for claim in claims:
            if id(claim) in refuted:
                place = f"{_relative(claim.span.path)}:{claim.span.line}"
                self.remarks.append(
                    f"internal disagreement, not reported: {claim.code} {claim.name} at {place}: {refuted[id(claim)]}"
                )
        return [each for each in found if id(each) not in refuted]

    def report(self) -> Report:
        """Everything in the order of the source, each finding once."""
        diagnostics = sorted(
            _merged(relocated(each) for each in self.findings),
            key=lambda each: (each.span, each.code, each.message),
        )
        paths = {each.span.path for each in diagnostics}
        paths |= {related.span.path for each in diagnostics for related in each.related}
        return Report(
            diagnostics=tuple(diagnostics),
            models=tuple(sorted(self.models, key=lambda model: (model.path, model.line, model.name))),
            problems=tuple(self.problems),
            remarks=tuple(self.remarks),
            sources={path: lines for path in sorted(paths) if (lines := _lines(path))},
        )


def _findings(graph: ModelGraph) -> tuple[Finding, ...]:
    """What the rules find.  One that fails says so at the model, and the others still speak."""
    try:
        return registry.check(graph)
    except Exception:  # noqa: BLE001  (a mistake of one rule must not cost the run)
        found: list[Finding] = []
        for rule in registry.rules():
            try:
                found.extend(registry.check(graph, {rule.name}))
            except Exception as error:  # noqa: BLE001
                message = f"convlint itself failed in {rule.name}: {type(error).__name__}: {error}"
                found.append(registry.report("trace-failed", message, graph.span, ("please report it",)))
        return tuple(found)


def _asked(target: Target, options: Options) -> _Job:
    """The job for one model by name.  What the options leave open is taken from its file, where that shows it."""
    request = TraceRequest(target.model(options.arguments), options.inputs, options.where, name=target.qualname)
    if not target.is_file or (options.arguments and options.inputs):
        return _Job(request, target.source)
    models = discover([target.source]).models
    known = next((each for each in models if each.class_name == target.qualname and not each.variant), None)
    if known is None:
        return _Job(request, target.source)
    assumed: list[str] = []
    if not options.arguments and known.arguments_source:
        model = replace(request.model, qualname=known.qualname, arguments=known.arguments)
        request = replace(request, model=model)
        assumed.append(f"arguments from {known.arguments_source}")
    if not options.inputs and known.inputs_source:
        check_conditions(options.where, known.inputs)
        request = replace(request, inputs=known.inputs, nominal=known.nominal)
        assumed.append(f"input from {known.inputs_source}")
    return _Job(request, target.source, known.span.line, tuple(assumed))


def _job(model: DiscoveredModel) -> _Job:
    reference = ModelRef(os.path.abspath(model.path), model.qualname, model.arguments)
    request = TraceRequest(reference, model.inputs, nominal=model.nominal, name=model.name)
    return _Job(request, model.path, model.span.line, model.assumed)


def _unread(file: UnreadableFile) -> ModelReport:
    """A file that is no Python counts among the models: some may be in it."""
    return ModelReport(Path(file.span.path).name, _relative(file.span.path), file.span.line, "failed", file.message)


def _client(options: Options) -> Client:
    return Client(options.python or project_python(Path.cwd()), Limits(seconds=options.timeout, memory=options.memory))


def _unusable(error: WorkerUnusableError) -> Problem:
    return Problem(str(error), help=error.help)


def _concrete(graph: ModelGraph, witness: Mapping[str, int]) -> tuple[ConcreteInput, ...]:
    """The inputs of a model at concrete sizes."""
    return tuple(
        ConcreteInput(each.name, tuple(int(evaluate(size, witness)) for size in each.shape), each.dtype)
        for each in graph.inputs
    )


def _reasons(graph: ModelGraph) -> list[str]:
    """Why not all of a model was checked, one line each; empty where it was."""
    stopped = [
        path.failure
        for path in graph.paths
        if path.failure is not None and path.failure.kind in {"untraceable", "error"}
    ]
    reasons = [
        f"{each.message} (line {each.span.line})" if each.span else each.message for each in stopped
    ]
    if not stopped and not any(path.failure is None and not path.domain.is_empty for path in graph.paths):
        reasons.append("no size was found that it accepts")
    if graph.unexplored:
        reasons.append("more branches on sizes than were followed")
    return list(dict.fromkeys(reasons))


def _merged(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One finding for the same words at the same place in several models."""
    kept: dict[tuple[str, Span, str], Diagnostic] = {}
    others: dict[tuple[str, Span, str], list[str]] = {}
    for finding in findings:
        key = (finding.code, finding.span, finding.message)
        first = kept.setdefault(key, finding)
        if first is not finding and finding.model not in {first.model, *others.get(key, ())}:
            others.setdefault(key, []).append(finding.model)
    return [
        replace(finding, notes=(*finding.notes, f"also in {', '.join(others[key])}")) if key in others else finding
        for key, finding in kept.items()
    ]


def relocated(value: T) -> T:
    """The same data with every span's path as it reads from the working directory."""
    return cast("T", _relocated(value))


def _relocated(value: Any) -> Any:
    match value:
        case Span():
            return replace(value, path=_relative(value.path))
        case str() | int() | float() | None:
            return value
        case tuple():
            items = tuple(_relocated(item) for item in value)
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        case Mapping():
            return {key: _relocated(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changes = {each.name: _relocated(getattr(value, each.name)) for each in fields(value) if each.init}
            changed = any(changes[name] is not getattr(value, name) for name in changes)
            return replace(value, **changes) if changed else value
        case _:
            return value


def _relative(path: str) -> str:
    """``path`` from the working directory where it is below that, else as it is."""
    absolute = os.path.abspath(path)
    here = os.getcwd()
    try:
        inside = os.path.commonpath([absolute, here]) == here
    except ValueError:
        return path
    return os.path.relpath(absolute, here) if inside else absolute


def _lines(path: str) -> tuple[str, ...]:
    """The lines of a file as Python counts them; none where it cannot be read."""
    try:
        data = Path(path).read_bytes()
    except OSError:
        return ()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        encoding = "utf-8"
    text = data.decode(encoding, errors="replace")
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
