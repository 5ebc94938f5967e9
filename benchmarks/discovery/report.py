"""Records → the tables of the README: how far the models of each package came, what stopped them, which errors."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from benchmarks.zoo.isolate import Record

_UNBUILT = frozenset({"import-failed", "construct-failed", "invalid-layer", "timed-out"})
"""What stops a model before it is built; a time that is up is counted as if that was while it was built."""

_ITSELF = "CL9"
"""The codes that say why something was not checked."""

_NAMED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\b\d+\b|\[[\d, ]*\]|\([\d, ]*\)")
"""What differs between two messages that mean the same."""

_MOST_REASONS = 25


@dataclass(frozen=True, slots=True)
class Counts:
    """How many models of a package came how far: each number counts models that the one before counts too."""

    roots: int
    built: int
    given_inputs: int
    traced: int
    in_part: int
    errors: int

    def __add__(self, other: "Counts") -> "Counts":
        sums = (getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        return Counts(*sums)


def counts(record: Record) -> Counts:
    """The figures of one package; ``in_part`` counts the models that were traced, but not to their end."""
    models = record["models"]
    stops = Counter(model["stopped_by"] for model in models)
    built = len(models) - sum(stops[rule] for rule in _UNBUILT)
    traced = [model for model in models if not model["stopped_by"]]
    whole = sum(model["status"] == "checked" for model in traced)
    given = built - stops["input-unknown"]
    return Counts(len(models), built, given, whole, len(traced) - whole, len(list(_errors(record))))


def as_markdown(records: Mapping[str, Record]) -> str:
    """The tables: the figures, what stopped the rest, and each error that was reported."""
    measured = {name: record for name, record in records.items() if "crash" not in record}
    lines = ["| package | roots | built | given inputs | traced whole | in part | errors |", "|---|" + "---:|" * 6]
    lines += [_row(record["package"], counts(record)) for record in measured.values()]
    lines.append(_row("all", sum((counts(record) for record in measured.values()), Counts(0, 0, 0, 0, 0, 0))))
    lines += [f"- {record['package']}: {record['crash']}" for record in records.values() if "crash" in record]
    lines += ["", "## What stopped the rest", "", *_reasons(measured.values())]
    lines += ["", "## Errors", ""]
    lines += [f"- {name}: {each}" for name, record in measured.items() for each in _errors(record)] or ["None."]
    stamps = {record["stamp"] for record in records.values()}
    return "\n".join([*lines, "", *sorted(stamps)])


def _row(title: str, found: Counts) -> str:
    return f"| {title} | " + " | ".join(str(getattr(found, each.name)) for each in fields(found)) + " |"


def _reasons(records: Iterable[Record]) -> Iterator[str]:
    """What stopped models, the most frequent first, each with one of them."""
    groups: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for model in record["models"]:
            if model["status"] != "checked":
                words = _NAMED.sub("…", (model["reason"] or "").partition(" (line ")[0])
                place = f"{model['name']} ({model['path']}:{model['line']}): {model['reason']}"
                groups.setdefault((model["stopped_by"] or "in part", words), []).append(place)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    for (rule, words), places in ordered[:_MOST_REASONS]:
        yield f"- {len(places)} × {rule}: {words[:160]}, such as {places[0][:240]}"
    rest = sum(len(places) for _, places in ordered[_MOST_REASONS:])
    if rest:
        yield f"- {rest} others, each for a reason that stopped few"


def _errors(record: Record) -> Iterator[str]:
    """The errors that say that a model is wrong."""
    for each in record["diagnostics"]:
        if each["severity"] == "error" and not each["code"].startswith(_ITSELF):
            yield f"{each['code']} {each['path']}:{each['line']} ({each['model']}): {each['message']}"
