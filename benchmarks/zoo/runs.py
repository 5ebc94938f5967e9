"""Plain runs of one model, each made once: they depend on PyTorch and the model's package, never on convlint."""

import gzip
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.zoo.catalogue import Built
from benchmarks.zoo.isolate import describe
from benchmarks.zoo.plain import example, state_restored
from benchmarks.zoo.probes import Sizes
from benchmarks.zoo.recorder import Call, Recording, Shapes, record

Outcome = Recording | str
"""What a run did: its calls, or what it raised."""


@dataclass(frozen=True, slots=True)
class RunStore:
    """Where runs are kept: one compressed file a model under ``root``, of no use to another ``stamp``."""

    root: Path
    stamp: str

    def read(self, key: str) -> dict[str, Any]:
        """The runs of ``key`` in JSON by their sizes; none where they cannot be read or are of other packages."""
        try:
            data = json.loads(gzip.decompress(self._path(key).read_bytes()))
        except (OSError, EOFError, ValueError):
            return {}
        return data["runs"] if data["stamp"] == self.stamp else {}

    def write(self, key: str, runs: dict[str, Any]) -> None:
        """Keep ``runs``; an interruption leaves the former ones."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        text = json.dumps({"stamp": self.stamp, "runs": runs}, separators=(",", ":"))
        partial.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
        partial.replace(path)

    def _path(self, key: str) -> Path:
        return self.root / f"{key}.json.gz"


@dataclass
class PlainRuns:
    """The runs of the model ``built``, whose key in ``store`` is ``key``."""

    store: RunStore
    key: str
    built: Built
    _known: dict[str, Any] = field(init=False)
    _made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._known = self.store.read(self.key)

    def at(self, sizes: Sizes) -> Outcome:
        """What the unchanged model does at these sizes, in the state in which it was built."""
        name = " ".join(f"{symbol}={size}" for symbol, size in sorted(sizes.items()))
        if name not in self._known:
            self._known[name] = _to_json(self._run(sizes))
            self._made += 1
        return _from_json(self._known[name])

    def keep(self) -> None:
        """Write down what was run anew."""
        if self._made:
            self.store.write(self.key, self._known)
            self._made = 0

    def _run(self, sizes: Sizes) -> Outcome:
        module, channels = self.built.module, self.built.input_size[0]
        try:
            with state_restored(module):
                return record(module, example(channels, sizes["H"], sizes["W"], sizes["N"]))
        except Exception as error:  # noqa: BLE001
            return describe(error)


def _to_json(outcome: Outcome) -> Any:
    if isinstance(outcome, str):
        return outcome
    functions = [
        [path, name, [[call.shapes, int(call.from_input)] for call in calls]]
        for (path, name), calls in outcome.functions.items()
    ]
    return [outcome.modules, functions, outcome.outputs]


def _from_json(data: Any) -> Outcome:
    if isinstance(data, str):
        return data
    modules, functions, outputs = data
    return Recording(
        {path: [_shapes(each) for each in calls] for path, calls in modules.items()},
        {
            (path, name): [Call(_shapes(shapes), bool(from_input)) for shapes, from_input in calls]
            for path, name, calls in functions
        },
        _shapes(outputs),
    )


def _shapes(data: list[list[int]]) -> Shapes:
    return tuple(tuple(shape) for shape in data)
