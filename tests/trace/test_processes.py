"""Processes that are forked to answer requests."""

import os
import time

import pytest

from convlint.trace import processes
from convlint.trace.processes import Channel, start

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def test_a_process_is_ended_that_was_forked_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.os, "setsid", lambda: time.sleep(60))
    began = time.monotonic()
    process = start(Channel(*os.pipe()), lambda _: None)
    process.stop()
    assert process.has_ended
    assert time.monotonic() - began < 30
