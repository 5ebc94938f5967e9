"""Records → the tables of the README, and a summary in JSON."""

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.zoo.catalogue import FAMILIES
from benchmarks.zoo.isolate import Record
from benchmarks.zoo.verdict import squares_equal

_ALL = "all"
_RIVALS = {"fake_tensor": "FakeTensorMode, symbolic H and W", "export": "torch.export, dynamic H and W"}


_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Results:
    """All records by part and by the key of their case, and the stamps that current ones have.

    ``references`` are the models that brute force and rivals are run for.
    """

    versions: Mapping[str, str]
    references: frozenset[str]
    records: Mapping[str, Mapping[str, Record]]
    stamps: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the main table: the models of a family, or all of them."""

    title: str
    surveys: Mapping[str, Record]
    exact: Mapping[str, Record]
    quiet: Mapping[str, Record]
    timing: Mapping[str, Record]
    rivals: Mapping[str, Record]
    references: frozenset[str]


def as_markdown(results: Results) -> str:
    """The tables: what was measured, and everything that is not as it should be."""
    columns = _columns(results)
    lines = ["# The zoo", "", _packages(results), "", *_table(columns), "", *_times(columns), ""]
    sections = {
        "Models that PyTorch itself does not run on meta tensors": _not_running(results.records["survey"]),
        "Not traced, or not for all sizes": _not_traced(results.records["exact"]),
        "Disagreements with plain runs": _listed(results.records["exact"], "wrong"),
        "Contracts that differ from brute force": _unequal(results.records["exact"]),
        "Errors and warnings": _listed(results.records["quiet"], "listed_findings"),
    }
    for title, items in sections.items():
        listed = list(items)
        lines += [f"## {title}", "", *(listed or ["None."]), ""]
    return "\n".join(lines)


def as_json(results: Results) -> str:
    """The figures of the tables, and each model's status in a word."""
    figures = {column.title: dict(_figures(column)) for column in _columns(results)}
    times = {column.title: dict(_ratios(column)) for column in _columns(results)}
    models = {key: record.get("status", "crash") for key, record in results.records["exact"].items()}
    summary = {"stamp": results.stamps["exact"], "figures": figures, "ratios": times, "models": models}
    return json.dumps(summary, indent=1) + "\n"


def _columns(results: Results) -> list[_Column]:
    return [
        _Column(
            title,
            _of(title, results.records["survey"]),
            _of(title, results.records["exact"]),
            _of(title, results.records["quiet"]),
            _of(title, results.records["timing"]),
            _of(title, results.records["rivals"]),
            frozenset(_of(title, dict.fromkeys(results.references))),
        )
        for title in (*FAMILIES, _ALL)
    ]


def _of(title: str, records: Mapping[str, _Value]) -> dict[str, _Value]:
    return {key: record for key, record in records.items() if title == _ALL or key.startswith(f"{title}.")}


def _packages(results: Results) -> str:
    stale = sum(
        record["stamp"] != results.stamps[part]
        for part, records in results.records.items()
        for record in records.values()
    )
    note = f" **{stale} records were made by other sources.**" if stale else ""
    return ", ".join(f"{name} {version}" for name, version in results.versions.items()) + f".{note}"


def _figures(column: _Column) -> Iterator[tuple[str, str]]:
    """The rows of the main table."""
    running = [key for key, record in column.surveys.items() if record.get("runs")]
    exact = column.exact.values()
    statuses = Counter(record.get("status", "crash") for record in exact)
    squares = [record for key, record in column.exact.items() if "squares" in record]
    yield "architectures", f"{len(column.surveys)}"
    yield "that PyTorch runs on meta tensors", f"{len(running)}"
    yield "measured", f"{len(column.exact)}"
    yield "traced for all sizes", _share(statuses["traced"], len(column.exact))
    yield "traced for some sizes", _share(statuses["partial"], len(column.exact))
    yield "compared at 12 sizes or more", _share(sum(r.get("sizes", 0) >= 12 for r in exact), len(column.exact))
    yield "pairs of calls compared", f"{sum(r.get('pairs', 0) for r in exact):,}"
    yield "calls without a counterpart", f"{sum(r.get('unpaired', 0) for r in exact):,}"
    yield "disagreements", f"{sum(r.get('disagreements', 0) for r in exact):,}"
    yield "reference models", f"{len(column.references)}"
    yield "contract equal to brute force, sizes 1-256", _share(sum(map(squares_equal, squares)), len(squares))
    yield "listened to", f"{len(column.quiet)}"
    yield "with an error or a warning", f"{sum(bool(r.get('findings')) for r in column.quiet.values())}"


def _ratios(column: _Column) -> Iterator[tuple[str, str]]:
    """Medians over models of the time of a first trace against each alternative."""
    timing = [record for record in column.timing.values() if "forward" in record]
    rivals = [record for record in column.rivals.values() if "forward" in record]
    yield "models timed", f"{len(timing)}"
    yield "median trace", _milliseconds(record["trace_first"] for record in timing)
    yield "first trace / first plain meta forward", _median_ratio(timing, "trace_first", "forward_first")
    yield "first trace / repeated plain meta forward", _median_ratio(timing, "trace_first", "forward")
    yield "repeated trace / repeated plain meta forward", _median_ratio(timing, "trace", "forward")
    yield (
        "first trace / forward with normalisation as identity",
        _median_ratio(timing, "trace_first", "forward_without_normalisation"),
    )
    for rival, title in _RIVALS.items():
        able = [record for record in rivals if rival in record]
        yield (
            f"first trace / {title}",
            f"{_median_ratio(able, 'trace_first', rival)} ({len(able)} of {len(rivals)} models)",
        )


def _table(columns: Sequence[_Column]) -> list[str]:
    return _rows([dict(_figures(column)) for column in columns], [column.title for column in columns])


def _times(columns: Sequence[_Column]) -> list[str]:
    return _rows([dict(_ratios(column)) for column in columns], [column.title for column in columns])


def _rows(figures: Sequence[Mapping[str, str]], titles: Sequence[str]) -> list[str]:
    head = ["| | " + " | ".join(titles) + " |", "|---|" + "---:|" * len(titles)]
    return head + [f"| {name} | " + " | ".join(column[name] for column in figures) + " |" for name in figures[0]]


def _not_running(surveys: Mapping[str, Record]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for key, record in surveys.items():
        if not record.get("runs"):
            reasons.setdefault(str(record.get("error") or record.get("crash")), []).append(key)
    for reason, keys in reasons.items():
        yield f"- {len(keys)} × `{reason}`: {', '.join(keys)}"


def _not_traced(records: Mapping[str, Record]) -> Iterator[str]:
    for key, record in records.items():
        status = record.get("status", "crash")
        if status != "traced":
            yield f"- {key} ({status}): {record.get('crash') or record.get('reason')}"


def _listed(records: Mapping[str, Record], field: str) -> Iterator[str]:
    for key, record in records.items():
        items = record.get(field)
        if items:
            yield f"- {key}: {items[0]}" + (f" (and {len(items) - 1} more)" if len(items) > 1 else "")


def _unequal(records: Mapping[str, Record]) -> Iterator[str]:
    for key, record in records.items():
        if not squares_equal(record):
            lists = {name: sizes for name, sizes in record["squares"].items() if isinstance(sizes, list) and sizes}
            yield f"- {key}: " + ", ".join(f"{name} {len(sizes)}: {sizes[:8]}" for name, sizes in lists.items())


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.1f} %)" if whole else "-"


def _median_ratio(records: Sequence[Record], part: str, whole: str) -> str:
    ratios = [record[part] / record[whole] for record in records if record[whole]]
    return f"{statistics.median(ratios):.3g}" if ratios else "-"


def _milliseconds(seconds: Iterable[float]) -> str:
    found = list(seconds)
    return f"{1000 * statistics.median(found):.0f} ms" if found else "-"
