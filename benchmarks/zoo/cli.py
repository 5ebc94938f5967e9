"""The commands of the zoo."""

import hashlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

import convlint
from benchmarks.zoo import plain
from benchmarks.zoo.catalogue import FAMILIES, Case, cases
from benchmarks.zoo.environment import versions
from benchmarks.zoo.isolate import Limits, Record, run_isolated
from benchmarks.zoo.report import Results, as_json, as_markdown
from benchmarks.zoo.select import chosen, references, running
from benchmarks.zoo.store import CACHE_VARIABLE, Store, default_root
from benchmarks.zoo.verdict import is_flawless

LARGEST_SQUARE = 256
"""Brute force covers every square size up to this one."""

PARTS = ("exact", "timing", "rivals")
RESULTS = Path(__file__).parents[1] / "results"

Command = TypeVar("Command", bound=Callable[..., None])


class _Slice(click.ParamType):
    name = "i/n"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        index, slash, count = str(value).partition("/")
        if not (slash and index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
            self.fail(f"{value!r} is not a slice such as 1/4", param, ctx)
        return int(index), int(count)


_CACHE = click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=default_root,
    envvar=CACHE_VARIABLE,
    show_envvar=True,
    help="Folder of the records.",
)


def _selection(command: Command) -> Command:
    """The options that say which models, and where their records are."""
    for option in (
        click.option("--family", type=click.Choice(FAMILIES), help="Only this package's models."),
        click.option("--filter", "pattern", help="Only models whose name matches this regular expression."),
        click.option("--slice", "part", type=_Slice(), help="Every n-th of them, from the i-th on."),
        click.option("--jobs", default=1, show_default=True, help="Models at a time."),
        _CACHE,
    ):
        command = option(command)
    return command


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@_selection
def survey(family: str | None, pattern: str | None, part: tuple[int, int] | None, jobs: int, cache: Path) -> None:
    """Which models PyTorch itself builds and runs on meta tensors (about 10 minutes)."""
    selected = chosen(family, pattern, part)
    surveys = _surveys(cache)
    plain.warm_up()
    _each(surveys, _without_current(surveys, selected), plain.survey, Limits(seconds=300), jobs)


@main.command()
@_selection
@click.option("--all", "everything", is_flag=True, help="Every model instead of one of each timm file.")
def truth(
    family: str | None, pattern: str | None, part: tuple[int, int] | None, jobs: int, cache: Path, everything: bool
) -> None:
    """Run models in plain PyTorch at every square size: what contracts are compared with (about an hour)."""
    surveys, truths = _surveys(cache), _truths(cache)
    selected = chosen(family, pattern, part)
    if not everything:
        reference = set(references(surveys))
        selected = [case for case in selected if case in reference]
    fastest_first = [case for case, _ in running(selected, surveys)]
    plain.warm_up()
    work = partial(plain.accepted_squares, largest=LARGEST_SQUARE)
    _each(truths, _without_current(truths, fastest_first), work, Limits(seconds=3600), jobs)


@main.command()
@_selection
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, default=PARTS, help="Only this part.")
@click.option(
    "--redo",
    type=click.Choice(("stale", "flawed", "none", "all")),
    default="stale",
    show_default=True,
    help="Which finished models to do again: those of other sources, those with a flaw, none or all.",
)
@click.option("--seconds", default=300.0, show_default=True, help="Time limit of one model and part.")
def run(
    family: str | None,
    pattern: str | None,
    part: tuple[int, int] | None,
    jobs: int,
    cache: Path,
    parts: tuple[str, ...],
    redo: str,
    seconds: float,
) -> None:
    """Trace models and measure: exactness, time, and time of PyTorch's own symbolic runs (the reference models)."""
    from benchmarks.zoo import exact, timing  # the tracer need not work for what goes before

    surveys, truths = _surveys(cache), _truths(cache)
    selected = [case for case, _ in running(chosen(family, pattern, part), surveys)]
    reference = set(references(surveys))
    timing.warm_up()
    works: dict[str, Callable[[Case], Record]] = {
        "exact": lambda case: exact.examine(case, truths.read(case.key)),
        "timing": timing.compare_times,
        "rivals": timing.compare_rivals,
    }
    for name in parts:
        store = _parts(cache)[name]
        todo = [case for case in selected if name != "rivals" or case in reference]
        if redo == "stale":
            todo = _without_current(store, todo)
        elif redo == "none":
            todo = [case for case in todo if store.read(case.key) is None]
        elif redo == "flawed":
            todo = [case for case in todo if not is_flawless(store.read(case.key))]
        _each(store, todo, works[name], Limits(seconds=seconds), jobs)


@main.command()
@_CACHE
def report(cache: Path) -> None:
    """Write the tables of what was measured so far to benchmarks/results."""
    surveys = _surveys(cache)
    parts = _parts(cache)
    everything = [case for family in FAMILIES for case in cases(family)]

    def records(store: Store) -> dict[str, Record]:
        found = ((case.key, store.read(case.key)) for case in everything)
        return {key: record for key, record in found if record is not None}

    results = Results(
        versions=versions(),
        surveys=records(surveys),
        references=frozenset(case.key for case in references(surveys)),
        truths=records(_truths(cache)),
        parts={name: records(store) for name, store in parts.items()},
        stamp=_source_stamp(),
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "zoo.md").write_text(as_markdown(results))
    (RESULTS / "zoo.json").write_text(as_json(results))
    click.echo(as_markdown(results))


def _each(store: Store, todo: list[Case], work: Callable[[Case], Record], limits: Limits, jobs: int) -> None:
    """Do ``work`` for each case in a child of its own, and keep what it yields."""
    click.echo(f"{store.kind}: {len(todo)} models to do", err=True)
    tasks = ((case.key, partial(work, case)) for case in todo)
    for count, (key, record) in enumerate(run_isolated(tasks, limits, jobs), start=1):
        store.write(key, record)
        click.echo(f"{count}/{len(todo)} {key} {_summary(record)}", err=True)


def _without_current(store: Store, selected: Iterable[Case]) -> list[Case]:
    return [case for case in selected if not store.is_current(case.key)]


def _summary(record: Record) -> str:
    """What is worth reading while the run goes on."""
    if is_flawless(record):
        return "ok"
    known = (record.get(name) for name in ("crash", "error", "reason", "wrong", "listed_findings", "squares"))
    return str(next(filter(None, known), record))[:200]


def _surveys(cache: Path) -> Store:
    return Store(cache, "survey", _package_stamp())


def _truths(cache: Path) -> Store:
    return Store(cache, "truth", _package_stamp())


def _parts(cache: Path) -> dict[str, Store]:
    stamp = _source_stamp()
    return {name: Store(cache, name, stamp) for name in PARTS}


def _package_stamp() -> str:
    return " ".join(f"{name} {version}" for name, version in versions().items())


def _source_stamp() -> str:
    """The packages and a digest of everything of convlint that a measurement depends on."""
    digest = hashlib.sha256()
    root = Path(convlint.__file__).parent
    for layer in ("symbolic", "arithmetic", "graph", "trace", "rules"):
        for path in sorted((root / layer).rglob("*.py")):
            digest.update(path.read_bytes())
    return f"{_package_stamp()} convlint {digest.hexdigest()[:12]}"
