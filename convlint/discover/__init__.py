"""Which files hold models, which classes they are, with which arguments and inputs: read from the syntax, never run.

`discover` is the way in; `Discovery` is what it finds.  `models_inside` helps where a model cannot be built.
"""

from convlint.discover.discovery import discover
from convlint.discover.inside import models_inside
from convlint.discover.model import DiscoveredModel, Discovery, UnreadableFile

__all__ = ["DiscoveredModel", "Discovery", "UnreadableFile", "discover", "models_inside"]
