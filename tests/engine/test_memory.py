"""What is kept between runs: used while nothing has changed that it depends on, and never a reason to fail."""

import ast
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from convlint import engine
from convlint.cache import entries as entries_module
from convlint.cache import identity
from convlint.cache.snapshot import take
from convlint.cache.store import Store
from convlint.engine import pipeline
from convlint.engine.examining.crew import Crew
from convlint.render.json import render_report
from convlint.request import Options
from convlint.settings import Settings
from convlint.trace.client import Client
from convlint.trace.limits import Limits

BLOCK = """
from torch import nn

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
"""

NET = """
import torch
from torch import nn

from blocks import Block

class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.block = Block(8)
        self.head = nn.Conv2d({width}, 4, 1)

    def forward(self, x):
        return self.head(self.block(self.stem(x)))

if __name__ == "__main__":
    {name}()(torch.randn(1, 3, 32, 32))
"""


class Counted(Crew):
    """A crew that notes which models it was given, and never starts a worker for none."""

    ran: list[str]

    def outcomes(self, jobs, examine):
        self.ran.extend(job.name for job in jobs)
        return super().outcomes(jobs, examine)


@pytest.fixture
def project(tmp_path, monkeypatch, warm_engine):
    """A working directory whose two models share a file, and that has been still for a while."""
    monkeypatch.chdir(tmp_path)
    for name, width in (("One", 8), ("Two", 16)):
        Path(f"{name.lower()}.py").write_text(NET.format(name=name, width=width))
    Path("blocks.py").write_text(BLOCK)
    return tmp_path


@pytest.fixture
def run(project, monkeypatch):
    """``run()`` → the report as JSON, and the names of the models that were run for it."""
    monkeypatch.setattr(pipeline, "Crew", Counted)
    monkeypatch.setattr(Counted, "ran", [], raising=False)

    def run(*targets, select=(), **settings):
        time.sleep(0.05)  # what is touched while a run begins is not kept
        Counted.ran.clear()
        chosen = Settings(cache_dir=str(project / "cache"), select=select, root=str(project))
        report = engine.check(targets or ["."], Options(), replace(chosen, **settings))
        return render_report(report), sorted(Counted.ran), report

    return run


def test_a_second_run_runs_no_model_and_says_the_same(run):
    first, ran, _ = run()
    assert ran == ["One", "Two"]
    second, ran, _ = run()
    assert (second, ran) == (first, [])
    assert "channel-mismatch" in first
    assert '"fix": {' in first


def test_an_edit_runs_the_models_of_that_file_only(run):
    run()
    text = Path("two.py").read_text()
    Path("two.py").write_text(text.replace("Conv2d(16, 4", "Conv2d(8, 4"))
    report, ran, _ = run()
    assert ran == ["Two"]
    assert "channel-mismatch" not in report


def test_an_edit_of_an_imported_file_runs_every_model_that_imports_it(run):
    before, _, _ = run()
    Path("blocks.py").write_text(BLOCK.replace("nn.Conv2d(width, width", "nn.Conv2d(width, 2 * width"))
    after, ran, _ = run()
    assert ran == ["One", "Two"]
    assert '"model": "Two"' in before
    assert '"model": "One"' in after


def test_content_decides_and_not_time(run):
    run()
    path = Path("blocks.py")
    path.write_text(path.read_text())
    os.utime(path, ns=(1, 1))
    assert run()[1] == []
    stamp = path.stat()
    path.write_text(BLOCK.replace("3, padding=1", "5, padding=2"))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert run()[1] == ["One", "Two"]


def test_a_file_that_an_import_missed_counts_when_it_appears(run):
    Path("one.py").write_text(NET.format(name="One", width=8).replace("from blocks", "from missing"))
    assert "no module named `missing`" in run("one.py")[0]
    assert run("one.py")[1] == []
    Path("missing.py").write_text(BLOCK)
    report, ran, _ = run("one.py")
    assert ran == ["One"]
    assert "no module named" not in report


def test_a_file_that_shadows_an_imported_one_counts(run):
    run()
    Path("blocks").mkdir()
    Path("blocks/__init__.py").write_text(BLOCK)
    assert run("one.py", "two.py")[1] == ["One", "Two"]


def test_data_that_the_model_reads_counts(run):
    Path("one.py.txt").write_text("8")
    reads = NET.format(name="One", width='int(open(f"{__file__}.txt").read())')
    Path("one.py").write_text(reads)
    assert "channel-mismatch" not in run("one.py")[0]
    assert run("one.py")[1] == []
    Path("one.py.txt").write_text("16")
    report, ran, _ = run("one.py")
    assert ran == ["One"]
    assert "channel-mismatch" in report


def test_other_rules_are_chosen_from_what_is_kept(run):
    run()
    report, ran, _ = run(select=("CL4",))
    assert ran == []
    assert "channel-mismatch" in report
    assert "channel-mismatch" not in run(select=("CL1",))[0]


@pytest.mark.parametrize("change", [{"timeout": 59.0}, {"memory": 4000}])
def test_results_under_other_limits_are_others(run, change):
    run()
    assert run(**change)[1] == ["One", "Two"]


def test_another_convlint_finds_out_anew(run, monkeypatch):
    run()
    monkeypatch.setattr("convlint.cache.results.convlint_digest", lambda: "another")
    assert run()[1] == ["One", "Two"]


def test_an_edit_of_convlint_itself_is_another_convlint(tmp_path, monkeypatch):
    source = tmp_path / "rule.py"
    source.write_text("one")
    monkeypatch.setattr(identity, "convlint_files", lambda: (str(source),))
    before = identity.convlint_digest.__wrapped__()
    source.write_text("two")
    assert identity.convlint_digest.__wrapped__() != before


@pytest.fixture
def environment(tmp_path):
    """An environment of files only: its interpreter is never run."""
    library = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    (library / "torch").mkdir(parents=True)
    (library / "torch" / "version.py").write_text("__version__ = '2.13.0'\n")
    (library / "torch-2.13.0.dist-info").mkdir()
    (tmp_path / "venv" / "pyvenv.cfg").write_text("version = 3.11.7\n")
    (tmp_path / "venv" / "bin").mkdir()
    python = tmp_path / "venv" / "bin" / "python"
    python.write_text("")
    return python, library


def upgrade_torch(python, library):
    (library / "torch" / "version.py").write_text("__version__ = '2.13.1'\n")


def upgrade_python(python, library):
    (python.parent.parent / "pyvenv.cfg").write_text("version = 3.11.8\n")


def install_a_package(python, library):
    (library / "timm-1.0.9.dist-info").mkdir()


@pytest.mark.parametrize("change", [upgrade_torch, upgrade_python, install_a_package])
def test_another_python_torch_or_package_is_another_interpreter(environment, change):
    before = identity.interpreter_of(str(environment[0]))
    assert before == identity.interpreter_of(str(environment[0]))
    change(*environment)
    after = identity.interpreter_of(str(environment[0]))
    assert before is not None
    assert after is not None
    assert before.key != after.key


def test_a_link_that_leads_to_another_python_is_seen(environment, tmp_path):
    python, _ = environment
    python.unlink()
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    python.symlink_to(tmp_path / "one")
    found = identity.interpreter_of(str(python))
    assert found is not None
    before = take(found.depends, time.time_ns() + 10**9)
    assert before is not None
    assert before.renewed() is not None
    python.unlink()
    python.symlink_to(tmp_path / "two")
    assert before.renewed() is None


def test_results_of_another_torch_are_others(run, monkeypatch):
    run()
    real = identity.interpreter_of
    monkeypatch.setattr(
        "convlint.engine.examining.memory.interpreter_of", lambda python: replace(real(python), key="torch 2.13.1")
    )
    assert run()[1] == ["One", "Two"]


def test_an_interpreter_whose_torch_is_unknown_is_not_remembered(environment):
    python, library = environment
    (library / "torch" / "version.py").unlink()
    assert identity.interpreter_of(str(python)) is None


def entries(kind="models"):
    return sorted(Path("cache", kind).glob("*.json"))


def garbled(data: bytes) -> bytes:
    return b"\x00\xff" + data


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def emptied(data: bytes) -> bytes:
    return b""


def changed_within(data: bytes) -> bytes:
    return data.replace(b"channel-mismatch", b"channel-mistakes").replace(b'"checked"', b'"skipped"')


def foreign(data: bytes) -> bytes:
    return json.dumps({"key": "another tool", "value": 1}).encode()


def with_its_sum(body: bytes) -> bytes:
    return entries_module._head(body) + b"\n" + body


def no_json(data: bytes) -> bytes:
    return with_its_sum(b'{"key": ')


def nested_without_end(data: bytes) -> bytes:
    return with_its_sum(b"[" * 100_000)


def no_table(data: bytes) -> bytes:
    return with_its_sum(b'["key", "value"]')


@pytest.mark.parametrize(
    "damage", [garbled, truncated, emptied, changed_within, foreign, no_json, nested_without_end, no_table]
)
def test_an_entry_that_is_not_as_it_was_written_is_ignored(run, damage):
    first, _, _ = run()
    for path in entries():
        path.write_bytes(damage(path.read_bytes()))
    again, ran, report = run()
    assert (again, ran) == (first, ["One", "Two"])
    assert any("is ignored" in remark for remark in report.remarks)
    assert run()[1] == []


@pytest.mark.parametrize("value", [3, "text", [], {}, {"snapshot": {"taken": 1}}, {"snapshot": [], "answer": 3}])
def test_an_entry_that_says_something_else_is_ignored(run, project, value):
    first, _, _ = run()
    store = Store(str(project / "cache"))
    for path in entries():
        store.put("models", json.loads(path.read_bytes().partition(b"\n")[2])["key"], value)
    assert run()[:2] == (first, ["One", "Two"])


def test_an_entry_whose_answer_is_another_is_ignored(run, project):
    first, _, _ = run()
    store = Store(str(project / "cache"))
    for path in entries():
        entry = json.loads(path.read_bytes().partition(b"\n")[2])
        store.put("models", entry["key"], {**entry["value"], "answer": ["Outcome", 1, 2, 3, 4, 5]})
    assert run()[:2] == (first, ["One", "Two"])


def test_what_is_kept_is_json_and_is_never_executed(run):
    run()
    for path in entries():
        head, _, body = path.read_bytes().partition(b"\n")
        assert head.isascii()
        assert json.loads(body).keys() == {"key", "value"}
    sources = Path(engine.__file__).parents[1].rglob("*.py")
    imported = {
        name.partition(".")[0]
        for path in sources
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (*(each.name for each in node.names), getattr(node, "module", None) or "")
    }
    assert "json" in imported
    assert imported.isdisjoint({"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"})


def test_an_entry_under_the_name_of_another_is_ignored(run):
    first, _, _ = run()
    one, two = entries()
    contents = one.read_bytes(), two.read_bytes()
    one.write_bytes(contents[1])
    two.write_bytes(contents[0])
    assert run()[:2] == (first, ["One", "Two"])


def test_a_cache_that_cannot_be_written_costs_only_time(run, project):
    Path("cache").write_text("a file, where the directory should be")
    first, ran, report = run()
    assert ran == ["One", "Two"]
    assert "channel-mismatch" in first
    assert any(remark.startswith(f"the cache in {project / 'cache'} is not used: ") for remark in report.remarks)
    assert Path("cache").read_text() == "a file, where the directory should be"


def test_processes_do_not_disturb_one_another(run, project):
    wrong: list[object] = []

    def write_and_read():
        store = Store(str(project / "cache"))
        for number in range(200):
            store.put("models", "the same key", {"text": "x" * (number % 50) * 1000})
            value = store.get("models", "the same key")
            if value is None or set(value["text"]) - {"x"}:
                wrong.append(value)
        wrong.extend(store.remarks)

    threads = [threading.Thread(target=write_and_read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(list(Path("cache/models").iterdir())) == 1


ENDS = {
    "exits": "import os\nos._exit(3)\n",
    "crashes": "import os\nos.abort()\n",
    "hangs": "while True: pass\n",
    "hangs below Python": "import collections, itertools\ncollections.deque(itertools.repeat(0), 0)\n",
}


@pytest.fixture
def impatient(monkeypatch):
    """Workers that give a model little time."""
    monkeypatch.setattr(pipeline, "_client", lambda settings: Client(limits=Limits(seconds=1.5)))


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_with_its_process_is_not_run_again_until_something_changes(run, impatient, end):
    """A file that it imported before is a change as well as its own."""
    Path("ends.py").write_text(ENDS[end])
    Path("one.py").write_text(NET.format(name="One", width=8).replace("class One", "import ends\n\nclass One"))
    report, ran, _ = run("one.py")
    assert '"code": "CL905"' in report
    assert "it is not run again; `--no-cache` does that" in report
    assert ran == ["One"]
    assert run("one.py")[:2] == (report, [])
    Path("ends.py").write_text("")
    assert run("one.py")[1] == ["One"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("import os\nos.kill(os.getpid(), 15)\n", "SIGTERM"),
        ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n", "killed"),
        ("import os\nos.closerange(3, 100)\n", "closed convlint's own files"),
    ],
)
def test_what_may_have_ended_by_chance_is_tried_again(run, impatient, end, said):
    Path("one.py").write_text(f"{end}{NET.format(name='One', width=8)}")
    report, ran, _ = run("one.py")
    assert said in report
    assert "not run again" not in report
    assert run("one.py")[:2] == (report, ran)


def test_what_is_edited_while_it_runs_is_not_kept(run, monkeypatch):
    real = pipeline.examine

    def edited_meanwhile(client, job, **others):
        outcome = real(client, job, **others)
        Path("blocks.py").write_text(BLOCK)
        return outcome

    monkeypatch.setattr(pipeline, "examine", edited_meanwhile)
    run()
    monkeypatch.setattr(pipeline, "examine", real)
    assert run()[1] == ["One", "Two"]


def test_entries_that_nobody_uses_for_a_month_go(run):
    run()
    old = time.time() - 31 * 24 * 60 * 60
    kept, gone = entries()
    os.utime(gone, (old, old))
    os.utime("cache/swept", (old, old))
    Path("blocks.py").write_text(BLOCK + "\n")
    run("one.py" if b'"One"' in kept.read_bytes() else "two.py")
    assert kept.exists()
    assert not gone.exists()
