"""A slice of the zoo: a few small models of torchvision and timm through every measurement."""

import re

import pytest

pytest.importorskip("torchvision")
pytest.importorskip("timm")

from benchmarks.zoo import plain, timing
from benchmarks.zoo.catalogue import Case, case
from benchmarks.zoo.exact import examine
from benchmarks.zoo.isolate import Record
from benchmarks.zoo.quiet import listen
from benchmarks.zoo.runs import RunStore

LARGEST_SQUARE = 80
SLICE = (
    "torchvision.alexnet",
    "torchvision.resnet18",
    "torchvision.squeezenet1_0",
    "timm.mobilenetv3_small_050",
    "timm.vit_tiny_patch16_224",
    "timm.hrnet_w18_small",
)


@pytest.fixture(scope="module", params=SLICE)
def chosen(request: pytest.FixtureRequest) -> Case:
    return case(request.param)


@pytest.fixture(scope="module")
def record(chosen: Case, tmp_path_factory: pytest.TempPathFactory) -> Record:
    store = RunStore(tmp_path_factory.mktemp("runs"), "")
    return examine(chosen, plain.accepted_squares(chosen, LARGEST_SQUARE), store)


def test_is_traced_for_all_sizes(record: Record) -> None:
    assert (record["status"], record["reason"]) == ("traced", None)


def test_every_call_has_the_sizes_of_the_plain_run(record: Record) -> None:
    assert record["wrong"] == []
    assert record["sizes"] >= 12
    assert record["pairs"] > 100
    assert record["unpaired_calls"] == []


def test_the_contract_is_what_brute_force_accepts(record: Record) -> None:
    squares = record["squares"]
    assert (squares["wrongly_accepted"], squares["wrongly_refused"], squares["unknown"]) == ([], [], [])


TRUE = {
    # its first window never reads the last of 224 rows, at the very size it was published for
    "torchvision.squeezenet1_0": ["CL102 warning: the last row of the input is never read"],
    # it fits at multiples of 32 (and one to three less) alone, which nothing says
    "timm.hrnet_w18_small": ["CL301 warning: `add` joins maps whose sizes differ"],
}


def test_no_error_and_no_warning_but_what_is_so(chosen: Case) -> None:
    listed = [re.sub(r" \d+: ([^:]*).*", r": \1", text) for text in listen(chosen)["listed_findings"]]
    assert listed == TRUE.get(chosen.key, [])


def test_times_are_taken(chosen: Case) -> None:
    times = timing.compare_times(chosen)
    assert times["forward_without_normalisation"] > 0
    assert times["trace_first"] > 0


def test_rivals_are_run() -> None:
    times = timing.compare_rivals(case("torchvision.alexnet"))
    assert times["fake_tensor"] > 0
    assert times["export"] > 0
