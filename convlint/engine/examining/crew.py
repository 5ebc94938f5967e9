"""Several workers side by side: models end in any order, and their outcomes come in the order of the jobs."""

import os
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from contextvars import copy_context
from typing import Self, TypeVar

from convlint.engine.planning.job import Job
from convlint.trace.client import Client

T = TypeVar("T")


def usable_cores() -> int:
    """The processors that this process may run on."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


class Crew:
    """Up to ``size`` clients, each made when there is work for it and closed at the end."""

    def __init__(self, make: Callable[[], Client], size: int) -> None:
        self._make = make
        self._size = max(size, 1)
        self._clients: list[Client] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; work that comes later has others."""
        self._clients.clear()
        self._open.close()

    def client(self, index: int = 0) -> Client:
        """The client at ``index``, whose worker starts when it is asked."""
        while len(self._clients) <= index:
            self._clients.append(self._open.enter_context(self._make()))
        return self._clients[index]

    def cancel(self) -> None:
        """Give up what is under way, from another thread, and refuse all else until `renew` (see `Client.cancel`)."""
        for client in tuple(self._clients):
            client.cancel()

    def renew(self) -> None:
        """Take work again after `cancel`."""
        for client in tuple(self._clients):
            client.renew()

    def outcomes(self, jobs: Sequence[Job], examine: Callable[[Client, Job], T]) -> list[T]:
        """What ``examine`` makes of each job, in the order of ``jobs``.

        Jobs about one file go to one worker, one after the other: it has imported that file.  Raises
        WorkerUnusableError, and whatever else ``examine`` raises.
        """
        batches = _by_source(jobs)
        size = min(self._size, len(batches))
        waiting: queue.SimpleQueue[Sequence[int]] = queue.SimpleQueue()
        for batch in batches:
            waiting.put(batch)
        done: dict[int, T] = {}
        errors: list[BaseException] = []

        def work(client: Client) -> None:
            try:
                while not errors:
                    for index in waiting.get_nowait():
                        done[index] = examine(client, jobs[index])
            except queue.Empty:
                pass
            except BaseException as error:  # noqa: BLE001  (it is raised again in the thread that asked)
                errors.append(error)

        clients = [self.client(index) for index in range(size)]
        if size == 1:
            work(clients[0])
        else:
            threads = [threading.Thread(target=copy_context().run, args=(work, each), daemon=True) for each in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if errors:
            raise errors[0]
        return [done[index] for index in range(len(jobs))]


def _by_source(jobs: Sequence[Job]) -> list[list[int]]:
    """The positions of the jobs, those about one file together, in the order of the first of each file."""
    batches: dict[str, list[int]] = {}
    for index, job in enumerate(jobs):
        batches.setdefault(job.request.model.source, []).append(index)
    return list(batches.values())
