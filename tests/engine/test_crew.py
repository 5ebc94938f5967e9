"""Several workers: what they find does not depend on how many they are, nor on which is done first."""

import os
import threading

import pytest

from convlint import engine
from convlint.engine import pipeline
from convlint.engine.examining.crew import Crew, usable_cores
from convlint.engine.planning.jobs import Plan, plan
from convlint.render.json import render_report
from convlint.request import Options
from convlint.settings import Settings
from convlint.trace.client import WorkerUnusableError

MODEL = """
import torch
from torch import nn

class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, {width}, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d({width}, 3, 3, stride=2, padding=1)
        self.head = nn.Conv2d({wrong}, 3, 1)

    def forward(self, x):
        return self.head(self.up(torch.relu(self.down(x))))

{name}()(torch.randn(1, 3, 32, 32))
"""


class Silent:
    """A client that does nothing, for what is not about traces."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_closed = True

    def start(self):
        pass


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(6):
        wrong = 3 if number % 2 else 4
        source = MODEL.format(name=f"Net{number}", width=8 + number, wrong=wrong)
        (tmp_path / f"net{number}.py").write_text(source.replace("\nNet", "\nif __name__ == '__main__':\n    Net"))
    return plan(["."], Options()).jobs


def test_outcomes_come_in_the_order_of_the_jobs_whoever_is_done_first(jobs):
    order = [job.name for job in jobs]
    last_is_done = threading.Event()
    begun: list[str] = []

    def examine(client, job):
        begun.append(job.name)
        if job.name == order[0]:
            assert last_is_done.wait(10)
        if job.name == order[-1]:
            last_is_done.set()
        return job.name

    with Crew(Silent, 2) as crew:
        assert crew.outcomes(jobs, examine) == order
    assert set(begun) == set(order)


def test_jobs_of_one_file_are_one_workers(jobs):
    twice = [*jobs, *reversed(jobs)]
    seen: dict[str, set[int]] = {}
    both = threading.Barrier(2)

    def examine(client, job):
        seen.setdefault(job.request.model.source, set()).add(id(client))
        both.wait(10)  # so that neither worker is left to do all

    with Crew(Silent, 2) as crew:
        crew.outcomes(twice, examine)
    assert {len(clients) for clients in seen.values()} == {1}
    assert len(set.union(*seen.values())) == 2


def test_no_more_workers_are_started_than_there_are_files(jobs):
    made = []

    def make():
        made.append(Silent())
        return made[-1]

    with Crew(make, 50) as crew:
        crew.outcomes(jobs, lambda client, job: None)
    assert len(made) == len(jobs)
    assert all(client.is_closed for client in made)


def test_an_error_of_one_worker_ends_the_run(jobs):
    def examine(client, job):
        if job is jobs[2]:
            raise WorkerUnusableError("gone")

    with Crew(Silent, 2) as crew, pytest.raises(WorkerUnusableError, match="gone"):
        crew.outcomes(jobs, examine)


def test_the_report_is_the_same_for_any_number_of_workers_and_order_of_completion(jobs, monkeypatch):
    alone = render_report(engine.check(["."], settings=Settings(jobs=1)))
    real = pipeline.examine
    turn = threading.Condition()
    ended: list[str] = []
    first, second = jobs[0].name, jobs[1].name

    def slow_first(client, job, **others):
        outcome = real(client, job, **others)
        with turn:
            assert job.name != first or turn.wait_for(lambda: second in ended, 60)
            ended.append(job.name)
            turn.notify_all()
        return outcome

    monkeypatch.setattr(pipeline, "examine", slow_first)
    assert render_report(engine.check(["."], settings=Settings(jobs=2))) == alone
    assert ended != [job.name for job in jobs]
    assert '"channel-mismatch"' in alone
    assert '"non-invertible-stride"' in alone


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process can be bound to a core here")
def test_auto_is_what_this_process_may_use():
    own = os.sched_getaffinity(0)
    assert usable_cores() == len(own)
    os.sched_setaffinity(0, {min(own)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, own)


def test_a_worker_that_is_awaited_starts_before_models_are_looked_for(jobs, monkeypatch):
    events = []

    class Noting(Silent):
        def start(self):
            events.append("start")

    monkeypatch.setattr(pipeline, "_client", lambda settings: Noting())
    monkeypatch.setattr(pipeline, "plan", lambda *_: events.append("plan") or Plan())
    pipeline.check(["."], is_awaited=True)
    pipeline.check(["."])
    assert events == ["start", "plan", "plan"]
