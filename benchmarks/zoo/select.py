"""Which cases a command is about."""

import re
from collections.abc import Iterable

from benchmarks.zoo.catalogue import FAMILIES, Case, cases
from benchmarks.zoo.isolate import Record
from benchmarks.zoo.store import Store


def chosen(family: str | None, pattern: str | None, part: tuple[int, int] | None) -> list[Case]:
    """Cases of one family (or all) whose name matches ``pattern``; of these, for ``part`` = (i, n), each n-th."""
    found = [case for name in ([family] if family else FAMILIES) for case in cases(name)]
    if pattern:
        found = [case for case in found if re.search(pattern, case.name)]
    return found[part[0] - 1 :: part[1]] if part else found


def running(found: Iterable[Case], surveys: Store) -> list[tuple[Case, Record]]:
    """Those cases that PyTorch itself runs, with their survey, fastest first."""
    surveyed = [(case, surveys.read(case.key)) for case in found]
    alive = [(case, record) for case, record in surveyed if record is not None and record["runs"]]
    return sorted(alive, key=lambda pair: (pair[1]["forward_seconds"], pair[0].key))


def references(found: Iterable[Case], surveys: Store) -> list[Case]:
    """Of those cases all of torchvision, and of every timm file the one with fewest modules (its test models last)."""
    found = tuple(found)
    smallest: dict[str, tuple[bool, int, str, Case]] = {}
    for case, record in running((case for case in found if case.family == "timm"), surveys):
        size = (case.name.startswith("test_"), record["modules"], case.name, case)
        smallest[case.group] = min(size, smallest.get(case.group, size), key=lambda entry: entry[:3])
    return [*(case for case in found if case.family == "torchvision"), *(entry[3] for entry in smallest.values())]
