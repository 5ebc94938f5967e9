"""Which files hold models, which classes they are, with which arguments and inputs: read from the syntax, never run.

`discover` is the way in, `affected` for those models that a change may touch, and `discover_named` for one; `Discovery`
is what they find.
`models_inside` helps where a model cannot be built.
"""

from convlint.discover.discovery import affected, discover, discover_named
from convlint.discover.inside import models_inside
from convlint.discover.model import DiscoveredModel, Discovery, UnreadableFile

__all__ = ["DiscoveredModel", "Discovery", "UnreadableFile", "affected", "discover", "discover_named", "models_inside"]
