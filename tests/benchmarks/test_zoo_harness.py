"""The harness would notice: wrong sizes, wrong contracts, crashes; and it goes on where it stopped."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torchvision")
pytest.importorskip("timm")

import torch
from torch import nn

from benchmarks.zoo import sources
from benchmarks.zoo.catalogue import Built
from benchmarks.zoo.compare import compare, path_at
from benchmarks.zoo.exact import squares
from benchmarks.zoo.isolate import Limits, Record, run_isolated
from benchmarks.zoo.plain import example, state_restored
from benchmarks.zoo.probes import ACCEPTED, probes
from benchmarks.zoo.recorder import record
from benchmarks.zoo.runs import PlainRuns, RunStore
from benchmarks.zoo.store import Store
from benchmarks.zoo.traced import trace
from benchmarks.zoo.verdict import is_flawless
from convlint.graph.contract import Contract
from convlint.graph.model import GraphPath

SIZES = {"N": 2, "H": 32, "W": 41}


class Halves(nn.Module):
    """Refuses odd heights; caches what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.seen: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(x.shape[2])
        first, second = x.view(x.shape[0], 3, 2, x.shape[2] // 2, x.shape[3]).unbind(2)
        return torch.relu(self.conv(first + second))


@pytest.fixture
def built() -> Built:
    with torch.device("meta"):
        return Built(Halves().eval(), (3, 32, 32))


def _path(built: Built) -> GraphPath:
    path = path_at(trace(built), SIZES)
    assert path is not None
    return path


def test_recorder_sees_layers_and_functions_in_their_modules(built: Built) -> None:
    real = record(built.module, example(3, 32, 41))
    assert real.modules["conv"] == [((2, 4, 8, 21),)]
    assert real.functions["", "relu"][0].shapes == ((2, 4, 8, 21),)
    assert real.functions["", "unbind"][0].shapes == ((2, 3, 16, 41),) * 2
    assert real.functions["conv", "conv2d"][0].from_input
    assert real.outputs == ((2, 4, 8, 21),)


def test_equal_sizes_are_equal(built: Built) -> None:

    result = compare(_path(built), SIZES, record(built.module, example(3, 32, 41)))
    assert result.disagreements == ()
    assert result.unpaired == ()
    assert result.pairs >= 6


def test_one_wrong_size_is_a_disagreement(built: Built) -> None:
    path = _path(built)
    nodes = list(path.nodes)
    index = next(i for i, node in enumerate(nodes) if node.op == "call_module")
    tensor = nodes[index].outputs[0]
    wrong = replace(tensor, shape=(*tensor.shape[:2], tensor.shape[2] + 1, tensor.shape[3]))
    nodes[index] = replace(nodes[index], outputs=(wrong,))

    result = compare(replace(path, nodes=tuple(nodes)), SIZES, record(built.module, example(3, 32, 41)))
    assert [(each.call, each.traced, each.real) for each in result.disagreements] == [
        ("conv", ((2, 4, 9, 21),), ((2, 4, 8, 21),))
    ]


def test_a_missing_call_is_unpaired(built: Built) -> None:
    real = record(built.module, example(3, 32, 41))
    del real.functions["", "relu"]
    result = compare(_path(built), SIZES, real)
    assert result.unpaired == (":relu#0",)


def test_contract_is_compared_both_ways(built: Built) -> None:
    contract = Contract(trace(built))
    even = set(range(2, 11, 2))
    assert not squares(contract, even, 10)["wrongly_accepted"]
    assert squares(contract, even - {4}, 10)["wrongly_accepted"] == [4]
    assert squares(contract, even | {5}, 10)["wrongly_refused"] == [5]


def test_probes_are_many_on_both_sides_and_always_the_same(built: Built) -> None:
    contract = Contract(trace(built))
    chosen = probes(contract, {"N": 2, "H": 32, "W": 32}, "seed")
    assert chosen == probes(contract, {"N": 2, "H": 32, "W": 32}, "seed")
    assert len(chosen.accepted) == ACCEPTED
    assert {sizes["H"] % 2 for sizes in chosen.accepted} == {0}
    assert {sizes["W"] % 2 for sizes in chosen.accepted} == {0, 1}
    assert len({sizes["N"] for sizes in chosen.accepted}) > 2
    assert {sizes["H"] % 2 for sizes in chosen.refused} == {1}


def test_a_digest_is_of_what_is_imported_and_of_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_TOP", tmp_path)
    texts = {
        "paths.py": "from convlint.trace import values\nfrom convlint.graph.model import Node",
        "trace/values.py": "",
        "graph/model.py": "import torch",
        "worker.py": "from convlint import paths",
        "ops/conv.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    before = sources.digest(["paths", "ops.*"])
    for name, text in texts.items():
        (tmp_path / name).write_text(f"{text}\n")
        assert (sources.digest(["paths", "ops.*"]) != before) is (name != "worker.py"), name
        (tmp_path / name).write_text(text)


def test_a_plain_run_is_made_once_for_each_version_of_the_packages(built: Built, tmp_path: Path) -> None:
    runs = PlainRuns(RunStore(tmp_path, "torch 1"), "halves", built)
    real = record(built.module, example(3, 32, 41))
    assert runs.at(SIZES) == real
    assert "RuntimeError" in str(runs.at({**SIZES, "H": 33}))
    runs.keep()

    class Broken(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ValueError("run again")

    broken = replace(built, module=Broken())
    kept = PlainRuns(RunStore(tmp_path, "torch 1"), "halves", broken)
    assert kept.at(SIZES) == real
    assert "RuntimeError" in str(kept.at({**SIZES, "H": 33}))
    assert kept.at({**SIZES, "N": 3}) == "ValueError: run again"
    assert PlainRuns(RunStore(tmp_path, "torch 2"), "halves", broken).at(SIZES) == "ValueError: run again"


@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08"])
def test_runs_that_cannot_be_read_are_made_again(built: Built, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "halves.json.gz").write_bytes(content)
    assert PlainRuns(RunStore(tmp_path, ""), "halves", built).at(SIZES) == record(built.module, example(3, 32, 41))


def test_state_that_a_forward_leaves_is_undone(built: Built) -> None:
    with state_restored(built.module):
        built.module(example(3, 32, 32))
        built.module.extra = 1
    assert built.module.seen == []
    assert not hasattr(built.module, "extra")


def test_a_crash_or_a_hang_costs_one_record() -> None:
    def fine() -> Record:
        return {"value": 1}

    def raises() -> Record:
        raise SystemExit(3)

    def dies() -> Record:
        os._exit(7)

    def hangs() -> Record:
        time.sleep(60)
        return {}

    tasks = {"fine": fine, "raises": raises, "dies": dies, "hangs": hangs}
    assert dict(run_isolated(tasks.items(), Limits(seconds=2), jobs=2)) == {
        "fine": {"value": 1},
        "raises": {"crash": "SystemExit: 3"},
        "dies": {"crash": "exit code 7"},
        "hangs": {"crash": "no answer within 2 s"},
    }


def test_records_of_other_sources_are_not_current(tmp_path: Path) -> None:
    store = Store(tmp_path, "exact", "now")
    store.write("model", {"status": "traced"})
    assert store.is_current("model")
    assert not Store(tmp_path, "exact", "later").is_current("model")
    assert not store.is_current("other")


@pytest.mark.parametrize(
    "flaw",
    [
        {"crash": "exit code 1"},
        {"status": "partial"},
        {"disagreements": 1},
        {"findings": 1},
        {"squares": {"wrongly_accepted": [], "wrongly_refused": [], "unknown": [3]}},
    ],
)
def test_flaws_are_seen(flaw: Record) -> None:
    whole = {"status": "traced", "disagreements": 0, "findings": 0}
    assert is_flawless(whole)
    assert not is_flawless(whole | flaw)
