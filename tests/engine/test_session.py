"""Checks one after the other, as an editor asks for them."""

import sys
import threading
import time

import pytest

from convlint.engine.session import Session
from convlint.settings import Settings
from convlint.trace.client import RequestCancelledError
from convlint.trace.limits import Limits

NET = """
from torch import nn
from width import WIDTH


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 8, 3)
        self.two = nn.Conv2d(WIDTH, 4, 3)

    def forward(self, x):
        return self.two(self.one(x))
"""
ENDLESS = NET.replace("        return", "        while True: pass\n        return")


@pytest.fixture(scope="module")
def session():
    with Session(sys.executable, Limits(seconds=60, memory=4096)) as started:
        yield started


@pytest.fixture
def net(tmp_path):
    (tmp_path / "width.py").write_text("WIDTH = 8\n", encoding="utf-8")
    path = tmp_path / "net.py"
    path.write_text(NET, encoding="utf-8")
    return path


def test_a_check_gives_the_graphs_of_the_text_that_is_held_and_what_they_depend_on(session, net):
    width = net.with_name("width.py")
    checked = session.check([str(net)], Settings(), {})
    assert checked.report.diagnostics == ()
    assert [(graph.name, len(graph.paths)) for graph in checked.graphs] == [("Net", 1)]
    assert checked.sources == {str(net), str(width)}
    checked = session.check([str(net)], Settings(), {str(width): b"WIDTH = 6\n"})
    assert [each.code for each in checked.report.diagnostics] == ["CL401"]


def test_a_check_that_is_given_up_says_so_and_another_is_made_after_it(session, net):
    began = time.monotonic()
    timer = threading.Timer(1.0, session.cancel)
    timer.start()
    with pytest.raises(RequestCancelledError):
        session.check([str(net)], Settings(), {str(net): ENDLESS.encode()})
    assert time.monotonic() - began < 50
    with pytest.raises(RequestCancelledError):
        session.check([str(net)], Settings(), {})
    session.renew()
    assert session.check([str(net)], Settings(), {}).report.diagnostics == ()
