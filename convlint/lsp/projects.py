"""Which settings hold for a document: those of the folder of the workspace that it lies in."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from convlint.interpreter import project_python
from convlint.settings import Settings, resolve


@dataclass(frozen=True, slots=True)
class Projects:
    """The folders of the workspace, and what the command line and the client say about all of them."""

    roots: tuple[str, ...] = ()
    python: str | None = None
    config: tuple[str, ...] = ()

    def with_roots(self, added: Iterable[str], removed: Sequence[str] = ()) -> "Projects":
        """With other folders."""
        kept = (each for each in self.roots if each not in removed)
        return replace(self, roots=tuple(dict.fromkeys((*kept, *added))))

    @property
    def home(self) -> str:
        """The folder that a document without a file belongs to; empty without any."""
        return next(iter(self.roots), "")

    def root(self, path: str) -> str:
        """The innermost folder that a file lies in; its own directory where it is outside of all."""
        around = [each for each in self.roots if Path(path).is_relative_to(each)]
        return max(around, key=len, default=os.path.dirname(path))

    def settings(self, path: str) -> Settings:
        """The settings for a file, with the interpreter that runs its models; raises SettingsError.

        What is excluded is left out though somebody opened it: an editor opens files that are not the user's to mend.
        """
        root = self.root(path)
        overrides = {"force_exclude": True, **({"python": self.python} if self.python else {})}
        settings = resolve(root, overrides, config=self.config, targets=[path]).settings
        nested = tuple(replace(each, force_exclude=True) for each in settings.nested)
        return replace(settings, nested=nested, python=settings.python or project_python(root))
