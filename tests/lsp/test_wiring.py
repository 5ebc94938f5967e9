"""What goes wrong in the server, and what stands where the client reads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pygls")

from convlint.lsp.projects import Projects
from convlint.lsp.server import _guarded, make_server

ROOT = Path(__file__).parents[2]


class State:
    """A workspace with an editor that takes down what is logged."""

    def __init__(self):
        self.editor = self
        self.logged = []

    def log(self, message, kind):
        self.logged.append(message)


def test_what_goes_wrong_in_an_answer_is_logged_and_answered_with_nothing():
    server = make_server(Projects())

    def handle(state, params):
        raise ZeroDivisionError(params)

    handler = _guarded(server, handle, list)
    assert handler("before the client has introduced itself") == []
    server.state = State()
    assert handler("why") == []
    (logged,) = server.state.logged
    assert logged.endswith("ZeroDivisionError: why\n")


NOISY = """
from convlint.lsp import server
from convlint.lsp.projects import Projects

server.Server.begin = lambda self, params: print("noise", flush=True)
server.serve(Projects())
"""


def test_nobody_else_writes_to_where_the_client_reads():
    messages = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **each}).encode() for each in messages]
    text = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", NOISY], input=text, env=environment, capture_output=True, timeout=100, check=False
    )
    assert b"noise" in run.stderr
    assert b"noise" not in run.stdout
    assert run.stdout.startswith(b"Content-Length")
