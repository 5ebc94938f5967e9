"""The command: write the repository, measure, print."""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repository.generate import FILES, write_repository

_ROOT = str(Path(__file__).parents[2])
_CHECK = ("-m", "convlint", "check", ".", "--output-format", "json")


@dataclass(frozen=True)
class Row:
    """What was measured: the medians of wall and processor time in seconds, and of how many runs."""

    name: str
    wall: float
    processor: float
    runs: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repository", description=__doc__)
    parser.add_argument("--repeat", type=int, default=11, help="runs with nothing changed, and of the references")
    parser.add_argument("--write", metavar="DIRECTORY", help="write the repository there, and measure nothing")
    arguments = parser.parse_args()
    if arguments.write:
        write_repository(Path(arguments.write))
        return
    with tempfile.TemporaryDirectory() as directory:
        print(table(*measure(Path(directory), arguments.repeat)))


def measure(root: Path, repeat: int) -> tuple[list[Row], int]:
    """The rows of the table, and how many models were checked."""
    leaf, shared = write_repository(root)
    rows = [_timed("cold", root, _CHECK, 1)]
    report = _report(root)
    # In turns, so that what else the machine does falls on all of them alike.
    turns = {"nothing changed": _CHECK, "import click": ("-c", "import click"), "import torch": ("-c", "import torch")}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in turns}
    for _ in range(repeat):
        for name, command in turns.items():
            taken[name].append(_run(root, command))
    rows += [_row(name, each) for name, each in taken.items()]
    for name, path in (("one model edited", leaf), ("a shared block edited", shared)):
        rows.append(_timed(name, root, _CHECK, 3, lambda path=path: _edit(root / path)))
    return rows, len(report["models"])


def table(rows: list[Row], models: int) -> str:
    """The rows with their ratios to the references, as Markdown."""
    known = {row.name: row for row in rows}
    click, torch = known["import click"], known["import torch"]
    lines = [
        f"{FILES} files, {models} models, {len(os.sched_getaffinity(0))} cores",
        "",
        "| | wall s | processor s | of `import click` | of `import torch` | runs |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.wall:.3f} | {row.processor:.3f} | {_ratio(row.wall / click.wall)} | "
        f"{_ratio(row.wall / torch.wall)} | {row.runs} |"
        for row in rows
    ]
    return "\n".join(lines)


def _ratio(value: float) -> str:
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"


def _timed(name: str, root: Path, command: tuple[str, ...], runs: int, before: Callable[[], object] = bool) -> Row:
    taken = []
    for _ in range(runs):
        before()
        taken.append(_run(root, command))
    return _row(name, taken)


def _row(name: str, taken: list[tuple[float, float]]) -> Row:
    wall, processor = (statistics.median(each) for each in zip(*taken, strict=True))
    return Row(name, wall, processor, len(taken))


def _run(root: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """Wall and processor seconds of one run of Python, with all that it starts and waits for."""
    environment = _environment()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=root, env=environment, stdout=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _environment() -> dict[str, str]:
    """This convlint, as if it were installed: compiled once, as click and torch are."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PYTHONPATH": _ROOT
    }


def _report(root: Path) -> dict[str, list[object]]:
    done = subprocess.run([sys.executable, *_CHECK], cwd=root, env=_environment(), capture_output=True, check=False)
    report: dict[str, list[object]] = json.loads(done.stdout)
    return report


def _edit(path: Path) -> None:
    """Another comment at the end: another content, and the same model."""
    path.write_text(f"{path.read_text(encoding='utf-8')}# edited at {time.time_ns()}\n", encoding="utf-8")
    time.sleep(0.1)
