"""Whatever user code does, its request gets one clear answer and the next request is served."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convlint.graph.model import ModelGraph
from convlint.trace.client import Client, RequestCancelledError, WorkerUnusableError
from convlint.trace.limits import Limits
from convlint.trace.protocol import (
    ConcreteInput,
    InputText,
    ModelRef,
    ReplayOutcome,
    ReplayRequest,
    TraceFailure,
    TraceRequest,
)

Write = Callable[[str, str], Path]

HEALTHY = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, stride=2)

        def forward(self, x):
            return self.conv(x)
    """

AT_IMPORT = """
    import ctypes, os, sys, signal, threading, time
    import torch
    from torch import nn
    {statement}

    class Net(nn.Module):
        def forward(self, x):
            return x
    """

IN_CONSTRUCTOR = """
    import ctypes, os, sys, signal, threading, time
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            {statement}

        def forward(self, x):
            return x
    """

IN_FORWARD = """
    import ctypes, os, sys, signal, threading, time
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3)

        def forward(self, x):
            {statement}
            return self.conv(x)
    """

PLACES = {"import": (AT_IMPORT, 5), "constructor": (IN_CONSTRUCTOR, 9), "forward": (IN_FORWARD, 12)}


def answer(client: Client, path: Path, *inputs: str) -> ModelGraph | TraceFailure:
    texts = tuple(InputText(shape) for shape in inputs)
    return client.trace(TraceRequest(ModelRef(str(path), "Net"), texts))


def failure(client: Client, path: Path, *inputs: str) -> TraceFailure:
    result = answer(client, path, *inputs)
    assert isinstance(result, TraceFailure), result
    assert result.span is not None
    assert result.span.path == str(path)
    return result


@pytest.fixture(params=sorted(PLACES))
def place(request: pytest.FixtureRequest) -> tuple[str, int]:
    """Where in a model a statement stands: a template, and the statement's line."""
    return PLACES[request.param]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("sys.exit(3)", "exits"),
        ("exit()", "exits"),
        ("os._exit(0)", "exits"),
        ("os._exit(9)", "status 9"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("os.abort()", "SIGABRT"),
        ("ctypes.string_at(0)", "SIGSEGV"),
        ("raise KeyboardInterrupt", "exits"),
        ("raise BaseException('no ordinary exception')", "exits"),
        ("bytearray(100 << 30)", "memory"),
        ("torch.zeros(25 << 30, device='cpu')", "memory"),
        ("torch.ones(100 << 30, dtype=torch.int8, device='cpu').sum()", "memory"),
    ],
)
def test_the_end_of_the_process_is_one_failure_at_its_line(
    client: Client, write: Write, place: tuple[str, int], statement: str, message: str
) -> None:
    template, line = place
    path = write("model.py", template.format(statement=statement))
    result = failure(client, path, "N 3 H W")
    assert result.rule == "timed-out"
    assert message in result.message
    assert result.help
    assert result.span is not None
    assert result.span.line == line
    assert isinstance(answer(client, write("healthy.py", HEALTHY)), ModelGraph)


@pytest.mark.parametrize("where", sorted(PLACES))
@pytest.mark.parametrize("statement", ["while True: pass", "time.sleep(1000)"])
def test_a_hang_is_ended_and_its_line_known(write: Write, hasty: Client, where: str, statement: str) -> None:
    template, line = PLACES[where]
    path = write("model.py", template.format(statement=statement))
    began = time.monotonic()
    result = failure(hasty, path, "N 3 H W")
    assert time.monotonic() - began < 3
    assert result.rule == "timed-out"
    assert "longer than 0.7 s" in result.message
    assert result.span is not None
    assert result.span.line == line
    assert "--timeout" in result.help[0]
    assert isinstance(answer(hasty, write("healthy.py", HEALTHY)), ModelGraph)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Client]:
    """A client that waits 0.7 s only, with its worker already there."""
    with Client(limits=Limits(seconds=0.7)) as client:
        client.info()
        yield client


@pytest.mark.parametrize(
    "statement",
    [
        "print('x' * (1 << 20))",
        "sys.stderr.write('x' * (1 << 20))",
        "os.write(1, bytes(range(256)) * 4096)",
        "os.write(1, b'{\"failure\": 1}\\n')",
        "sys.stdin.read()",
        "sys.stdin.close(), sys.stdout.close(), sys.stderr.close()",
        "os.chdir('/')",
        "sys.path.clear()",
        "sys.modules.pop('json', None)",
        "os.environ.clear()",
        "os.fork()",
        "os.fork() or time.sleep(1000)",
        "threading.Thread(target=time.sleep, args=(1000,)).start()",
        "sys.settrace(None)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "torch.set_default_dtype(torch.float64)",
    ],
)
@pytest.mark.parametrize("where", ["import", "forward"])
def test_harmless_misbehaviour_does_not_spoil_the_answer(
    client: Client, write: Write, where: str, statement: str
) -> None:
    template, _ = PLACES[where]
    result = answer(client, write("model.py", template.format(statement=statement)), "N 3 H W")
    assert isinstance(result, ModelGraph), result
    assert result.paths[0].failure is None


@pytest.mark.parametrize(
    ("where", "statement"),
    [
        *((where, "os.closerange(3, 256)") for where in sorted(PLACES)),
        *((where, "torch.Tensor.shape = None") for where in sorted(PLACES)),
        ("import", "torch.nn.Module.__call__ = None"),
        ("import", "os.kill(os.getppid(), signal.SIGKILL)"),
        ("constructor", "sys.setrecursionlimit(10**9); f = lambda: f(); f()"),
    ],
)
def test_sabotage_harms_only_its_own_request(hasty: Client, write: Write, where: str, statement: str) -> None:
    template, _ = PLACES[where]
    answer(hasty, write("model.py", template.format(statement=statement)), "N 3 H W")
    result = answer(hasty, write("healthy.py", HEALTHY))
    assert isinstance(result, ModelGraph)
    assert result.paths[0].failure is None


def test_an_answer_that_is_too_large_is_a_failure(write: Write) -> None:
    with Client(limits=Limits(answer=1)) as client:
        path = write("model.py", IN_FORWARD.format(statement="for _ in range(10_000): x = x + 1"))
        result = failure(client, path, "N 3 H W")
        assert (result.rule, "too large" in result.message) == ("timed-out", True)
        assert isinstance(answer(client, write("healthy.py", HEALTHY)), ModelGraph)


def test_endless_recursion_is_a_failure_with_its_line(client: Client, write: Write) -> None:
    path = write("model.py", IN_CONSTRUCTOR.format(statement="self.__init__()"))
    result = failure(client, path)
    assert result.rule == "construct-failed"
    assert "recurses without end" in result.message
    assert result.span is not None
    assert result.span.line in {8, 9}


def test_user_code_sees_an_empty_standard_input(client: Client, write: Write) -> None:
    path = write("model.py", AT_IMPORT.format(statement="input('how many layers? ')"))
    result = failure(client, path)
    assert (result.rule, result.span.line if result.span else 0) == ("import-failed", 5)
    assert "EOFError" in result.message


@pytest.mark.skipif(sys.platform == "win32", reason="there are no core dumps")
def test_a_crash_can_leave_no_core_dump(client: Client, write: Write) -> None:
    statement = "import resource; assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)"
    assert isinstance(answer(client, write("model.py", AT_IMPORT.format(statement=statement)), "N 3 H W"), ModelGraph)


def test_no_bytecode_is_written_beside_user_files(client: Client, write: Write) -> None:
    write("helper.py", "WIDTH = 8\n")
    path = write("model.py", AT_IMPORT.format(statement="import helper"))
    assert isinstance(answer(client, path, "N 3 H W"), ModelGraph)
    assert not list(path.parent.rglob("*.pyc"))


def test_an_answer_names_the_files_that_it_depends_on(client: Client, write: Write) -> None:
    helper = write("helper.py", "WIDTH = 8\n")
    path = write("model.py", AT_IMPORT.format(statement="import helper"))
    traced = client.traced(TraceRequest(ModelRef(str(path), "Net"), (InputText("N 3 H W"),)))
    assert traced.sources == (str(helper), str(path))


def test_a_file_is_imported_once_for_all_its_models(client: Client, write: Write) -> None:
    log = write("log.txt", "")
    path = write("model.py", AT_IMPORT.format(statement=f"open({str(log)!r}, 'a').write('imported ')"))
    for _ in range(3):
        assert isinstance(answer(client, path, "N 3 H W"), ModelGraph)
    assert log.read_text(encoding="utf-8") == "imported "


def test_a_file_that_changed_is_imported_again(client: Client, write: Write) -> None:
    helper = write("helper.py", "WIDTH = 8\n")
    path = write("model.py", HEALTHY.replace("from torch import nn", "from torch import nn; import helper"))
    assert isinstance(answer(client, path, "N 3 H W"), ModelGraph)
    os.utime(write("helper.py", "raise ValueError"), (0, 0))
    result = answer(client, path, "N 3 H W")
    assert isinstance(result, TraceFailure)
    assert (result.rule, result.span.path if result.span else "") == ("import-failed", str(helper))


def test_replay_runs_plain_pytorch_at_the_sizes_asked_for(client: Client, write: Write) -> None:
    path = write("healthy.py", HEALTHY)
    runs = tuple((ConcreteInput("x", (1, 3, size, 8)),) for size in (2, 8))
    outcomes = client.replay(ReplayRequest(ModelRef(str(path), "Net"), runs))
    assert isinstance(outcomes, tuple)
    raised, returned = outcomes
    assert (raised.status, raised.exception) == ("raised", "RuntimeError")
    assert "Kernel size can't be greater than actual input size" in raised.message
    assert raised.span is not None
    assert (raised.span.line, raised.span.column) == (11, 16)
    assert returned == ReplayOutcome("returned", shapes=((1, 8, 3, 3),))


def test_replay_cannot_say_what_depends_on_values(client: Client, write: Write) -> None:
    path = write("model.py", IN_FORWARD.format(statement="x = x[: int(x.sum())]"))
    runs = ((ConcreteInput("x", (1, 3, 8, 8)),),)
    outcomes = client.replay(ReplayRequest(ModelRef(str(path), "Net"), runs))
    assert isinstance(outcomes, tuple)
    assert [outcome.status for outcome in outcomes] == ["unsupported"]


@pytest.mark.parametrize(
    "statement", ["x = x * torch.linspace(1, 8, 4)[3].item()", "x = x.flip(torch.tensor([2, 3]).tolist())"]
)
def test_values_that_forward_makes_are_real_where_it_needs_them(client: Client, write: Write, statement: str) -> None:
    path = write("model.py", IN_FORWARD.format(statement=statement))
    outcomes = client.replay(ReplayRequest(ModelRef(str(path), "Net"), ((ConcreteInput("x", (1, 3, 8, 8)),),)))
    assert outcomes == (ReplayOutcome("returned", shapes=((1, 8, 6, 6),)),)


def test_values_of_buffers_are_real_where_forward_needs_them(client: Client, write: Write) -> None:
    text = IN_FORWARD.replace("self.conv =", "self.register_buffer('sizes', torch.tensor([4, 5])); self.conv =")
    path = write("model.py", text.format(statement="x = x[:, :, : int(self.sizes[0]), : self.sizes[1]]"))
    outcomes = client.replay(ReplayRequest(ModelRef(str(path), "Net"), ((ConcreteInput("x", (1, 3, 8, 8)),),)))
    assert outcomes == (ReplayOutcome("returned", shapes=((1, 8, 2, 3),)),)


def test_a_run_does_not_see_what_the_one_before_left_on_the_model(client: Client, write: Write) -> None:
    text = IN_FORWARD.format(statement="x = x + getattr(self, 'last', 0); self.last = x")
    runs = tuple((ConcreteInput("x", (1, 3, size, size)),) for size in (8, 9))
    outcomes = client.replay(ReplayRequest(ModelRef(str(write("model.py", text)), "Net"), runs))
    assert isinstance(outcomes, tuple)
    assert [outcome.status for outcome in outcomes] == ["returned", "returned"]


@pytest.fixture(scope="module")
def single() -> Iterator[Client]:
    """A client for systems that cannot fork: every request uses up a process."""
    with Client(limits=Limits(seconds=2.0, memory=2048), forking=False) as client:
        yield client


def test_without_forking_every_request_is_answered_too(single: Client, write: Write) -> None:
    path = write("model.py", IN_CONSTRUCTOR.format(statement="os._exit(9)"))
    result = failure(single, path, "N 3 H W")
    assert "status 9" in result.message
    assert result.span is not None
    assert result.span.line == 9
    assert isinstance(answer(single, write("healthy.py", HEALTHY)), ModelGraph)


def test_an_interpreter_that_is_not_there() -> None:
    with pytest.raises(WorkerUnusableError, match="cannot start /no/such/python"), Client("/no/such/python") as client:
        client.info()


def test_an_interpreter_without_torch(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n')
    python.chmod(0o755)
    with pytest.raises(WorkerUnusableError, match="has no torch"), Client(str(python)) as client:
        client.info()


def test_a_program_that_is_no_interpreter(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with pytest.raises(WorkerUnusableError, match="does not answer"), Client(str(program)) as client:
        client.info()


def test_a_python_that_is_too_old(tmp_path: Path) -> None:
    python = tmp_path / "python"
    change = "import sys; sys.version_info = (3, 8); sys.argv[:] = sys.argv[1:]; exec(sys.argv[0])"
    python.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -c "{change}" "$@"\n')
    python.chmod(0o755)
    with (
        pytest.raises(WorkerUnusableError, match=r"needs Python 3\.11 or later, and this is 3\.8"),
        Client(str(python)) as client,
    ):
        client.info()


def test_the_client_imports_neither_torch_nor_click() -> None:
    program = "import sys; import convlint.trace.client; sys.exit(bool({'torch', 'click'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def cancelled(client: Client, path: Path) -> None:
    """Have a request that hangs cancelled once it is under way, which ``path`` shows by a file beside it."""

    def cancel() -> None:
        while not (path.parent / "hangs").exists():
            time.sleep(0.02)
        client.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    started = time.monotonic()
    with pytest.raises(RequestCancelledError):
        answer(client, path, "N 3 H W")
    thread.join()
    assert time.monotonic() - started < 60


HANGS = IN_CONSTRUCTOR.format(statement="open(os.path.join(os.path.dirname(__file__), 'hangs'), 'w'); time.sleep(600)")


def test_a_request_is_given_up_and_the_worker_stays_warm(write: Write) -> None:
    with Client(limits=Limits(seconds=600.0)) as client:
        cancelled(client, write("hangs.py", HANGS))
        worker = client._worker
        with pytest.raises(RequestCancelledError):
            answer(client, write("healthy.py", HEALTHY))
        client.renew()
        assert isinstance(answer(client, write("healthy.py", HEALTHY)), ModelGraph)
        assert client._worker is worker


def test_giving_up_comes_to_nothing_where_no_request_is_under_way(write: Write) -> None:
    path = write("healthy.py", HEALTHY)
    with Client() as client:
        client.cancel()
        client.renew()
        assert isinstance(answer(client, path), ModelGraph)
        client.cancel()
        client.renew()
        assert isinstance(answer(client, path), ModelGraph)


def test_without_forking_a_request_is_given_up_too(write: Write) -> None:
    with Client(limits=Limits(seconds=600.0), forking=False) as client:
        cancelled(client, write("hangs.py", HANGS))
        client.renew()
        assert isinstance(answer(client, write("healthy.py", HEALTHY)), ModelGraph)


def test_a_worker_ends_with_its_client() -> None:
    client = Client()
    client.start()
    assert client._worker is not None
    process = client._worker._process.pid
    client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
