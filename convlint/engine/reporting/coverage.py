"""Which files were checked so wholly that a finding which is not there is known not to be there."""

import os
from collections.abc import Collection
from dataclasses import dataclass, field

from convlint.discover import DiscoveredModel
from convlint.engine.planning.job import Job
from convlint.fixes.workshop import Seen


@dataclass(slots=True)
class Coverage:
    """What the traces of a run came to: files that models depend on, lines that they reached."""

    whole: set[str] = field(default_factory=set)
    in_part: set[str] = field(default_factory=set)
    reached: dict[str, set[int]] = field(default_factory=dict)

    def saw(self, job: Job, seen: Seen, *, is_whole: bool) -> None:
        """Take down a model, and whether it was followed to its end at every size, as it is built where it is used."""
        sources = {*seen.sources, os.path.abspath(job.path)} if job.request.model.is_file else seen.sources
        (self.whole if is_whole else self.in_part).update(sources)
        if is_whole:
            for span in seen.reached:
                self.reached.setdefault(span.path, set()).update((span.line, span.end_line))

    def is_whole(self, path: str, models: Collection[DiscoveredModel]) -> bool:
        """Whether each of ``models``, which are those of this file, was followed to its end wherever it is used."""
        path = os.path.abspath(path)
        lines = self.reached.get(path, set())
        return (
            path in self.whole
            and path not in self.in_part
            and all(any(at in lines for at in range(each.span.line, each.last_line + 1)) for each in models)
        )
