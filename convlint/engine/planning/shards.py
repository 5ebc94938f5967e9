"""A part of a run for each job of a CI matrix; what all of them kept is put together by the run that has it all.

A file belongs to the shard that its path says, so that an edit elsewhere moves no model, and the models of one file
stay together.  A shard offers no fixes and judges no comment that hides nothing: other shards have a say in them.
"""

import os
import zlib
from dataclasses import dataclass, replace

from convlint.engine.places import relative
from convlint.engine.planning.jobs import Plan


@dataclass(frozen=True, slots=True)
class Shard:
    """The shard ``number`` of ``count``, from 1 on."""

    number: int
    count: int

    def holds(self, path: str) -> bool:
        """Whether the models of the file, or of the module, ``path`` belong to this shard."""
        name = relative(path).replace(os.sep, "/")
        return zlib.crc32(name.encode("utf-8", "surrogatepass")) % self.count == self.number - 1

    def part_of(self, plan: Plan) -> Plan:
        """What this shard does of a plan."""
        return replace(
            plan,
            jobs=[each for each in plan.jobs if self.holds(each.path)],
            hosts=[each for each in plan.hosts if self.holds(each.job.path)],
            inside=[each for each in plan.inside if self.holds(each.path)],
            left_out=[each for each in plan.left_out if self.holds(each.path)],
            unreadable=tuple(each for each in plan.unreadable if self.holds(each.span.path)),
            files=(),
            others=[],
            mistakes=(),
        )
