"""The command: start a server, type, wait for the diagnostics, print."""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from convlint.lsp.analyst import PAUSE

_ROOT = Path(__file__).parents[2]

_TIMM = """\
import timm
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = timm.create_model("resnet18", num_classes=0)
        self.head = nn.Linear(512, 10)

    def forward(self, x):
        return self.head(self.body(x))


if __name__ == "__main__":
    Classifier()(torch.randn(1, 3, 224, 224))
"""

_FORWARD = """
import statistics, sys, time, torch
from benchmarks.zoo.environment import prepare, settle
prepare()
settle()
sys.path.insert(0, sys.argv[1])
import net
with torch.device("meta"):
    model = eval(sys.argv[2]).eval()
    x = torch.empty(1, 3, 256, 256)
times = []
with torch.no_grad():
    for _ in range(int(sys.argv[3]) + 3):
        began = time.perf_counter()
        model(x)
        times.append(time.perf_counter() - began)
print(statistics.median(times[3:]))
"""


@dataclass(frozen=True)
class Subject:
    """A file that is typed into, and the expression that builds its model."""

    name: str
    text: str
    model: str


@dataclass(frozen=True)
class Row:
    """Seconds: to the first diagnostics, from an edit to its diagnostics (median), of a forward; and megabytes idle."""

    name: str
    first: float
    edit: float
    forward: float
    server: float
    workers: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editor", description=__doc__)
    parser.add_argument("--repeat", type=int, default=11, help="edits of each file")
    arguments = parser.parse_args()
    unet = (_ROOT / "fixtures/models/unet.py").read_text(encoding="utf-8")
    subjects = [
        Subject("U-Net", unet, "net.UNet(n_channels=3, n_classes=2)"),
        Subject("file that imports timm", _TIMM, "net.Classifier()"),
    ]
    print(table([measure(each, arguments.repeat) for each in subjects]))


def measure(subject: Subject, repeat: int) -> Row:
    """Type into one file."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory).resolve() / "net.py"
        path.write_text(subject.text, encoding="utf-8")
        forward = [sys.executable, "-c", _FORWARD, directory, subject.model, str(repeat)]
        before = _forward(forward)
        first, edits, server, workers = asyncio.run(_typed(path, subject.text, repeat))
        after = _forward(forward)
    return Row(subject.name, first, statistics.median(edits), (before + after) / 2, server, workers)


def _forward(command: list[str]) -> float:
    """The seconds of one forward, in a process like a worker."""
    return float(subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True).stdout)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_ROOT)}


async def _typed(path: Path, text: str, repeat: int) -> tuple[float, list[float], float, float]:
    client = LanguageClient("editor", "1")
    told: asyncio.Queue[int | None] = asyncio.Queue()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        told.put_nowait(params.version)

    async def wait(version: int) -> float:
        began = time.perf_counter()
        while await asyncio.wait_for(told.get(), 600) != version:
            pass
        return time.perf_counter() - began

    await client.start_io(sys.executable, "-m", "convlint", "server", env=_environment())
    await client.initialize_async(
        types.InitializeParams(capabilities=types.ClientCapabilities(), root_uri=path.parent.as_uri())
    )
    client.initialized(types.InitializedParams())
    uri = path.as_uri()
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text)))
    first = await wait(1)
    edits = []
    for version in range(2, repeat + 2):
        change = types.TextDocumentContentChangeWholeDocument(f"{text}\n# {version}\n")
        document = types.VersionedTextDocumentIdentifier(version, uri)
        client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        edits.append(await wait(version))
    await asyncio.sleep(2)  # what a check leaves behind is gone
    assert client._server is not None  # noqa: SLF001  (the process that was started)
    number = client._server.pid  # noqa: SLF001
    server, workers = _memory(number), sum(map(_memory, _descendants(number)))
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return first, edits, server, workers


def _descendants(number: int) -> list[int]:
    """The processes that one has started, and those that these have."""
    listed = Path(f"/proc/{number}/task").glob("*/children")
    children = [int(each) for file in listed for each in file.read_text(encoding="ascii").split()]
    return [*children, *(below for each in children for below in _descendants(each))]


def _memory(number: int) -> float:
    """Megabytes that a process takes, what it shares with others divided among them."""
    lines = Path(f"/proc/{number}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def table(rows: list[Row]) -> str:
    """The table, and what its columns mean."""
    lines = [
        "| | first | edit to diagnostics | without the pause | one meta forward | ratio | server idle | workers idle |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        check = row.edit - PAUSE
        lines.append(
            f"| {row.name} | {row.first:.1f} s | {row.edit:.2f} s | {check:.2f} s | {row.forward * 1000:.0f} ms "
            f"| {check / row.forward:.1f} | {row.server:.0f} MB | {row.workers:.0f} MB |"
        )
    return "\n".join(lines)
