"""One warm worker for all tests that ask one: importing torch takes longer than they do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from convlint.trace.client import Client
from convlint.trace.limits import Limits

Write = Callable[[str, str], Path]


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
