"""What tests of several layers share."""

import os
from collections.abc import Iterator

import pytest

from convlint.engine import pipeline
from convlint.trace.client import Client

os.environ["CONVLINT_NO_CACHE"] = "1"  # tests of the cache ask for one


class _WarmClient(Client):
    """A client that outlives the runs which use it: its worker imports torch once."""

    def close(self) -> None:
        """Keep the worker."""

    def end(self) -> None:
        """End the worker."""
        super().close()


@pytest.fixture(scope="session")
def _warm_client() -> Iterator[_WarmClient]:
    client = _WarmClient()
    yield client
    client.end()


@pytest.fixture
def warm_engine(_warm_client: _WarmClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with a worker that has torch already; limits and interpreter of the settings have no effect."""
    monkeypatch.setattr(pipeline, "_client", lambda settings: _warm_client)
