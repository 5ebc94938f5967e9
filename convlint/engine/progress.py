"""How far a run is, for whoever wants to show it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from convlint.engine.planning.job import Job
from convlint.trace.client import Client

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """So many of the models are done, and what is under way: a model's name, or a word for what follows them."""

    done: int
    total: int
    name: str


Progress = Callable[[Step], None]
"""Is told each step, from any thread but one at a time."""


def silent(step: Step) -> None:
    """Nobody wants to know."""
    del step


def followed(examine: Callable[[Client, Job], T], progress: Progress, total: int) -> Callable[[Client, Job], T]:
    """``examine``, telling before and after each of ``total`` jobs how far it is; several threads may run it."""
    lock = threading.Lock()
    under_way: list[str] = []
    done = 0

    def examine_and_tell(client: Client, job: Job) -> T:
        nonlocal done
        with lock:
            under_way.append(job.name)
            progress(Step(done, total, under_way[0]))
        try:
            return examine(client, job)
        finally:
            with lock:
                under_way.remove(job.name)
                done += 1
                if under_way:
                    progress(Step(done, total, under_way[0]))

    return examine_and_tell
