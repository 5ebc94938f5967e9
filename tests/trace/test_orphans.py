"""What user code leaves running, in sessions of its own, ends with the requests about its file."""

import os
import sys
import time

import pytest

from convlint.graph.model import ModelGraph
from convlint.trace.client import Client
from convlint.trace.protocol import InputText, ModelRef, TraceRequest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there orphans are adopted")

DAEMON = """
    import os, subprocess, time
    from torch import nn

    def leave(name):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                child = subprocess.Popen(["sleep", "600"], start_new_session=True)
                with open(os.path.join(os.path.dirname(__file__), name), "w") as file:
                    file.write(f"{os.getpid()} {child.pid}")
                time.sleep(600)
            os._exit(0)
        os.wait()

    {import_}

    class Net(nn.Module):
        def forward(self, x):
            leave("forward")
            return x
    """

QUIET = """
    from torch import nn

    class Net(nn.Module):
        def forward(self, x):
            return x
    """


def left(directory, name):
    """The processes that a model has started, once they are there."""
    deadline = time.monotonic() + 30
    while not (directory / name).exists() or not (directory / name).read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return [int(number) for number in (directory / name).read_text().split()]


def is_running(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def trace(client, path):
    return client.trace(TraceRequest(ModelRef(str(path), "Net"), (InputText("N 3 H W"),)))


def test_they_end_when_another_file_is_asked_about(write):
    with Client() as client:
        path = write("model.py", DAEMON.replace("{import_}", "leave('import')"))
        assert isinstance(trace(client, path), ModelGraph)
        numbers = [*left(path.parent, "import"), *left(path.parent, "forward")]
        assert isinstance(trace(client, write("quiet.py", QUIET)), ModelGraph)
        assert not any(map(is_running, numbers))


def test_they_end_with_the_client(write):
    with Client() as client:
        path = write("model.py", DAEMON.replace("{import_}", "import json"))
        assert isinstance(trace(client, path), ModelGraph)
        numbers = left(path.parent, "forward")
    assert not any(map(is_running, numbers))


def test_what_a_process_leaves_in_its_group_ends_with_it(write):
    with Client() as client:
        text = DAEMON.replace("os.setsid()", "pass").replace("{import_}", "leave('import'); os._exit(3)")
        path = write("model.py", text)
        assert not isinstance(trace(client, path), ModelGraph)
        assert not any(map(is_running, left(path.parent, "import")))
