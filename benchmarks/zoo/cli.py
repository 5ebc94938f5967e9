"""The commands of the zoo."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from benchmarks.zoo import plain
from benchmarks.zoo.catalogue import FAMILIES, Case, cases
from benchmarks.zoo.environment import versions
from benchmarks.zoo.isolate import Limits, Record, run_isolated
from benchmarks.zoo.report import Results, as_json, as_markdown
from benchmarks.zoo.runs import RunStore
from benchmarks.zoo.select import chosen, references, running
from benchmarks.zoo.sources import digest
from benchmarks.zoo.store import Store, default_root
from benchmarks.zoo.verdict import is_flawless

LARGEST_SQUARE = 256
"""Brute force covers every square size up to this one."""

_TRACING = ("trace.paths", "trace.ops.*", "graph.contract")
_ALL = (*_TRACING, "rules.*")
PARTS: dict[str, tuple[str, ...]] = {
    "survey": (), "truth": (), "exact": _TRACING, "quiet": _ALL, "timing": _TRACING, "rivals": _TRACING,
}
"""What is measured, and the modules of convlint that it is about: records outlive changes of others."""

_TRUTH_SECONDS = 3600
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
    default=default_root("zoo"),
    envvar="CONVLINT_ZOO_CACHE",
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
@click.option(
    "--part", "parts", type=click.Choice(tuple(PARTS)), multiple=True, default=tuple(PARTS), help="Only this part."
)
@click.option(
    "--redo",
    type=click.Choice(("stale", "flawed", "none", "all")),
    default="stale",
    show_default=True,
    help="Which finished models to do again: those of other sources, those with a flaw, none or all.",
)
@click.option("--references", "only_references", is_flag=True, help="Only the models that have brute force.")
@click.option("--seconds", default=300.0, show_default=True, help="Time limit of one model in one part.")
def run(
    family: str | None,
    pattern: str | None,
    part: tuple[int, int] | None,
    jobs: int,
    cache: Path,
    parts: tuple[str, ...],
    redo: str,
    only_references: bool,
    seconds: float,
) -> None:
    """Measure, part by part; stop it at any time, it goes on where it was.

    survey: which models PyTorch itself runs on meta tensors.  truth: brute force at every square size, for all
    torchvision models and one of each timm file.  exact: traces against plain runs and brute force.  quiet: findings
    where there is nothing wrong.  timing: traces against plain forwards.  rivals: against PyTorch's own symbolic runs,
    for the same models as truth.
    """
    stores = _stores(cache)
    limits = Limits(seconds)
    selected = chosen(family, pattern, part)
    plain.warm_up()
    if "survey" in parts:
        _each(stores["survey"], _due(stores["survey"], selected, redo), plain.survey, limits, jobs)
    alive = [case for case, _ in running(selected, stores["survey"])]
    reference = [case for case in references(selected, stores["survey"]) if case in alive]
    if only_references:
        alive = reference
    if "truth" in parts:
        brute_force = partial(plain.accepted_squares, largest=LARGEST_SQUARE)
        _each(stores["truth"], _due(stores["truth"], reference, redo), brute_force, Limits(_TRUTH_SECONDS), jobs)
    if not {"exact", "quiet", "timing", "rivals"} & set(parts):
        return

    from benchmarks.zoo import exact, quiet, timing  # what goes before must work without a tracer

    timing.warm_up()
    plain_runs = RunStore(cache / "runs", _stamp(()))
    works: dict[str, tuple[list[Case], Callable[[Case], Record]]] = {
        "exact": (alive, lambda case: exact.examine(case, stores["truth"].read(case.key), plain_runs)),
        "quiet": (alive, quiet.listen),
        "timing": (alive, timing.compare_times),
        "rivals": (reference, timing.compare_rivals),
    }
    for name, (todo, work) in works.items():
        if name in parts:
            _each(stores[name], _due(stores[name], todo, redo), work, limits, jobs)


@main.command()
@_CACHE
def report(cache: Path) -> None:
    """Write the tables of what was measured so far to benchmarks/results."""
    stores = _stores(cache)
    everything = [case for family in FAMILIES for case in cases(family)]
    found = {name: {case.key: store.read(case.key) for case in everything} for name, store in stores.items()}
    results = Results(
        versions=versions(),
        references=frozenset(case.key for case in references(everything, stores["survey"])),
        records={name: {key: each for key, each in records.items() if each} for name, records in found.items()},
        stamps={name: store.stamp for name, store in stores.items()},
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


def _due(store: Store, selected: Iterable[Case], redo: str) -> list[Case]:
    """The cases that have no record, or one that is to be made again."""
    is_due: dict[str, Callable[[str], bool]] = {
        "stale": lambda key: not store.is_current(key),
        "flawed": lambda key: not is_flawless(store.read(key)),
        "none": lambda key: store.read(key) is None,
        "all": lambda _: True,
    }
    return [case for case in selected if is_due[redo](case.key)]


def _summary(record: Record) -> str:
    """What is worth reading while the run goes on."""
    if is_flawless(record):
        return "ok"
    known = (record.get(name) for name in ("crash", "error", "reason", "wrong", "listed_findings", "squares"))
    return str(next(filter(None, known), record))[:200]


def _stores(cache: Path) -> dict[str, Store]:
    return {name: Store(cache, name, _stamp(sources)) for name, sources in PARTS.items()}


def _stamp(sources: Iterable[str]) -> str:
    """The packages, and a digest of the sources of convlint that these modules stand for."""
    packages = " ".join(f"{name} {version}" for name, version in versions().items())
    return f"{packages} convlint {digest(sources)}" if sources else packages
