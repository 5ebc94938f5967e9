"""One warm worker for all tests that ask one: importing torch takes longer than they do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from convlint.graph.model import ModelGraph
from convlint.trace.client import Client
from convlint.trace.limits import Limits
from convlint.trace.protocol import InputText, ModelRef, TraceFailure, TraceRequest

Write = Callable[[str, str], Path]
Trace = Callable[..., ModelGraph | TraceFailure]


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """A client whose requests may take 4 s and 2 GB."""
    with Client(limits=Limits(seconds=4, memory=2048)) as shared:
        yield shared


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of a small project and return its path."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def trace(client: Client, write: Write) -> Trace:
    """Trace the model ``name`` of a file with this text."""

    def trace_text(
        text: str,
        name: str = "Net",
        *inputs: str,
        arguments: tuple[tuple[str, str], ...] = (),
        where: tuple[str, ...] = (),
    ) -> ModelGraph | TraceFailure:
        path = write("model.py", text)
        texts = tuple(InputText(shape) for shape in inputs)
        return client.trace(TraceRequest(ModelRef(str(path), name, arguments), texts, where))

    return trace_text
