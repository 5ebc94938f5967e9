"""When documents are checked, with checks that do nothing: the latest text wins, and nothing queues."""

import queue
import threading
import time

import pytest

pytest.importorskip("pygls")

from convlint.engine.session import Checked
from convlint.fixes.patch import Patch
from convlint.lsp import analyst as analysts
from convlint.lsp.analyst import Analyst
from convlint.lsp.document import Document
from convlint.lsp.positions import Lines
from convlint.lsp.projects import Projects
from convlint.report import Report
from convlint.trace.client import RequestCancelledError

SECONDS = 10
PAUSE = 0.3
SLOW = "slow"
"""The text of a document whose check comes to its end only when it is given up."""


class Checks:
    """Sessions that say what they are asked for."""

    def __init__(self):
        self.begun = queue.Queue()
        self.sessions = []

    def __call__(self, python, limits):
        session = FakeSession(self, python, limits)
        self.sessions.append(session)
        return session

    def next(self):
        """The next check: the path, and the text that is held of it."""
        return self.begun.get(timeout=SECONDS)

    def none(self, seconds=PAUSE):
        """That there is no other."""
        with pytest.raises(queue.Empty):
            self.begun.get(timeout=seconds)
        return True


class FakeSession:
    def __init__(self, checks, python, limits):
        self.checks, self.python, self.limits = checks, python, limits
        self.is_cancelled = threading.Event()
        self.is_closed = False

    def check(self, targets, settings, contents, progress):
        (path,) = targets
        text = contents[path].decode()
        self.checks.begun.put((path, text))
        if text == "mistaken":
            raise ValueError("a mistake of convlint's")
        if text == SLOW:
            assert self.is_cancelled.wait(SECONDS)
        if self.is_cancelled.is_set():
            raise RequestCancelledError
        return Checked(Report(), (), Patch(), frozenset())

    def cancel(self):
        self.is_cancelled.set()

    def renew(self):
        self.is_cancelled.clear()

    def close(self):
        self.is_closed = True


class Listener:
    """What is told, in order."""

    def __init__(self):
        self.told = queue.Queue()

    def began(self, document):
        self.told.put(("began", document.path))

    def step(self, step):
        pass

    def ended(self, document, looked):
        self.told.put(("ended" if looked else "given up", document.path))

    def unsettled(self, document, error):
        self.told.put(("unsettled", document.path))

    def failed(self, document, trace):
        self.told.put(("failed", document.path))

    def next(self):
        return self.told.get(timeout=SECONDS)


@pytest.fixture
def checks(monkeypatch):
    made = Checks()
    monkeypatch.setattr(analysts, "Session", made)
    return made


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def analyst(checks, listener):
    started = Analyst(listener)
    yield started
    started.close()


@pytest.fixture
def projects(tmp_path):
    return Projects((str(tmp_path),), python="python")


@pytest.fixture
def opened(tmp_path):
    """Documents with these texts, by the names of their files."""

    def make(**texts):
        paths = {name: str(tmp_path / f"{name}.py") for name in texts}
        return {path: Document(path, path, 1, Lines(texts[name])) for name, path in paths.items()}

    return make


def test_nothing_is_checked_while_somebody_types(analyst, checks, opened, projects):
    for number in range(5):
        documents = opened(a=f"{number}")
        analyst.look_at(documents, documents, projects, urgent=True, pause=PAUSE)
        last = time.monotonic()
        time.sleep(PAUSE / 4)
    assert checks.begun.empty()
    assert checks.next()[1] == "4"
    assert time.monotonic() - last >= PAUSE
    assert checks.none()


def test_an_edit_gives_up_the_check_under_way_and_the_latest_text_is_checked(analyst, checks, opened, projects):
    documents = opened(a=SLOW)
    analyst.look_at(documents, documents, projects)
    assert checks.next()[1] == SLOW
    for text in ("second", "third"):
        documents = opened(a=text)
        analyst.look_at(documents, documents, projects, urgent=True, pause=PAUSE)
    assert checks.next()[1] == "third"
    assert checks.none()


def test_what_is_edited_comes_first_and_what_was_given_up_for_it_behind(analyst, checks, opened, projects):
    documents = opened(a=SLOW, b="b", c="c")
    first, second, third = documents
    analyst.look_at([first], documents, projects)
    assert checks.next()[0] == first
    analyst.look_at([second, third], documents | opened(a="quick"), projects, urgent=True)
    assert [checks.next()[0] for _ in range(3)] == [third, second, first]


def test_what_is_not_urgent_waits(analyst, checks, listener, opened, projects):
    documents = opened(a=SLOW, b="b")
    first, second = documents
    analyst.look_at([first], documents, projects)
    checks.next()
    analyst.look_at([second], documents, projects)
    assert checks.none()
    analyst.look_at([first], opened(a="quick", b="b"), projects)
    assert [checks.next()[0] for _ in range(2)] == [first, second]
    assert [listener.next() for _ in range(2)] == [("began", first), ("given up", first)]


def test_what_is_closed_is_not_checked_and_given_up_where_it_is(analyst, checks, listener, opened, projects):
    documents = opened(a=SLOW)
    (path,) = documents
    analyst.look_at(documents, documents, projects)
    checks.next()
    began = time.monotonic()
    analyst.look_at([], {}, projects)
    assert [listener.next() for _ in range(2)] == [("began", path), ("given up", path)]
    assert time.monotonic() - began < SECONDS / 2
    assert checks.none()


def test_a_mistake_in_a_check_does_not_end_the_others(analyst, checks, listener, opened, projects):
    documents = opened(a="mistaken", b="b")
    first, second = documents
    analyst.look_at([second, first], documents, projects)
    assert [listener.next() for _ in range(5)] == [
        ("began", first), ("given up", first), ("failed", first), ("began", second), ("ended", second),
    ]  # fmt: skip


def test_settings_that_cannot_be_read_are_told(analyst, listener, opened, projects, tmp_path):
    (tmp_path / "convlint.toml").write_text("nonsense = 1\n", encoding="utf-8")
    documents = opened(a="a")
    (path,) = documents
    analyst.look_at(documents, documents, projects)
    assert [listener.next() for _ in range(3)] == [("began", path), ("unsettled", path), ("given up", path)]


def test_there_is_one_worker_for_each_interpreter_and_its_limits(analyst, checks, opened, projects, tmp_path):
    documents = opened(a="a", b="b")
    analyst.look_at(documents, documents, projects)
    checks.next(), checks.next()
    assert [(each.python, each.limits.seconds) for each in checks.sessions] == [("python", 60)]
    (tmp_path / "convlint.toml").write_text("timeout = 5\n", encoding="utf-8")
    analyst.look_at(documents, documents, projects)
    checks.next(), checks.next()
    assert [each.limits.seconds for each in checks.sessions] == [60, 5]


def test_the_end_gives_up_what_is_under_way_and_ends_the_workers(analyst, checks, opened, projects):
    documents = opened(a=SLOW)
    analyst.look_at(documents, documents, projects)
    checks.next()
    began = time.monotonic()
    analyst.close()
    assert time.monotonic() - began < SECONDS / 2
    assert [each.is_closed for each in checks.sessions] == [True]
