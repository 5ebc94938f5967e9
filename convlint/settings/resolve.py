"""From a directory and a command line to `Settings`: which file is read, and what counts for more than what."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from convlint.discover.files import directories
from convlint.discover.ignored import GlobError, check_glob
from convlint.filesystem import upwards
from convlint.project import OWN_SETTINGS, PYPROJECT, SETTINGS_FILES
from convlint.report import Problem
from convlint.request.mistakes import did_you_mean
from convlint.settings.document import Document, Entry, SettingsError, each_of
from convlint.settings.settings import Settings, keys

_TABLE = ("tool", "convlint")

_GLOBS = frozenset({"exclude", "extend_exclude"})
"""Keys whose values on the command line start from where it is given."""

_ADDED = ("ignore", "extend_exclude")
"""What options add to the value of a settings file, which they otherwise stand for."""

_BEGINS_ANEW = ("extend_select", "ignore", "extend_ignore")
"""What ``--select`` on the command line takes back of what a settings file says: it is a choice of its own."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings, the file that they are from (None where there is none), and where each key's value is from.

    ``origins`` has, by key: ``pyproject.toml:12`` or ``--select``; what it lacks has its default.  ``nested`` are those
    of `Settings.nested`.  ``sources`` are the files that settings are from, and those that they would be from if these
    were there.
    """

    settings: Settings
    path: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    nested: "tuple[Resolved, ...]" = ()
    sources: frozenset[str] = frozenset()


def resolve(
    start: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    config: Sequence[str] = (),
    isolated: bool = False,
    targets: Sequence[str] = (),
) -> Resolved:
    """The settings that hold in the directory ``start``, and, nested in them, those of the files of ``targets``.

    ``config`` are settings as they stand in a file, which count for more than those of a file, or the file to read
    instead of all others; ``overrides`` are values by field that count for more than all of these.  ``isolated`` looks
    for no file.  Raises SettingsError with all that is wrong.
    """
    inline = [text for text in config if "=" in text and not os.path.isfile(text)]
    named = [text for text in config if text not in inline]
    document = _given(named[-1], start) if named else None if isolated else nearest(start)

    def resolved(document: Document | None) -> Resolved:
        found = Resolved(Settings(root=document.directory if document else os.path.abspath(start)))
        if document is not None:
            found = _with(replace(found, path=document.path), document)
        for text in inline:
            found = _with(found, Document.of_option("--config", found.settings.root, text))
        return _overridden(found, overrides or {}, start)

    found = resolved(document)
    if named or isolated:
        return replace(found, sources=frozenset(filter(None, [found.path])))
    looked_in = list(upwards(start))
    nested = each_of(_nested(targets, found, looked_in), resolved)
    settings = replace(found.settings, nested=tuple(each.settings for each in nested))
    sources = {os.path.join(directory, name) for directory in looked_in for name in SETTINGS_FILES}
    return replace(found, settings=settings, nested=tuple(nested), sources=frozenset(sources))


def _with(found: Resolved, document: Document) -> Resolved:
    """With the values of a document; raises SettingsError."""
    entry = document.settings()
    read = _read(entry) if entry is not None else {}
    settings = replace(found.settings, **{name: value for name, (value, _) in read.items()})
    origins = {name.replace("_", "-"): each.origin for name, (_, each) in read.items()}
    return replace(found, settings=settings, origins={**found.origins, **origins})


def nearest(start: str) -> Document | None:
    """The settings file of the nearest directory at or above ``start`` that has one; raises SettingsError.

    A file of convlint's own counts for more than pyproject.toml beside it, and that only where it has
    ``[tool.convlint]``.
    """
    return next(filter(None, map(_of_directory, upwards(start))), None)


def _nested(targets: Sequence[str], outer: Resolved, looked_in: list[str]) -> Iterator[Document]:
    """The settings files of the files that ``targets`` mean, without that of ``outer``; raises SettingsError.

    Adds to ``looked_in`` where they were looked for.
    """
    seen = {outer.path}
    for target in targets:
        # A file need not be there yet: an editor has some that were never saved.
        top = target if os.path.isdir(target) else os.path.dirname(target)
        if top and not os.path.isdir(top):
            continue
        below = [os.path.abspath(each) for each in directories(top, outer.settings.files)] if top == target else []
        looked_in.extend((*upwards(top), *below))
        for document in (nearest(top), *map(_of_directory, below)):
            if document is not None and document.path not in seen:
                seen.add(document.path)
                yield document


def _of_directory(directory: str) -> Document | None:
    for name in OWN_SETTINGS:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return Document.read(path)
    path = os.path.join(directory, PYPROJECT)
    if not _mentions_convlint(path):
        return None
    document = Document.read(path, _TABLE)
    return document if document.settings() is not None else None


def _mentions_convlint(path: str) -> bool:
    """Whether a pyproject.toml may have settings: what else is wrong in those of others is not for us to say."""
    try:
        with open(path, "rb") as file:
            return b"convlint" in file.read()
    except OSError:
        return False


def _given(path: str, start: str) -> Document:
    """The file that ``--config`` names: it speaks of files below ``start``, wherever it is."""
    if not os.path.isfile(path):
        beside = os.path.dirname(path) or os.curdir
        there = [each for each in os.listdir(beside) if each.endswith(".toml")] if os.path.isdir(beside) else []
        help_ = did_you_mean(os.path.basename(path), there, 'settings are written KEY=VALUE: "timeout = 120"')
        raise SettingsError([Problem("there is no such file", "--config", path, 0, len(path), help_)])
    return Document.read(path, _TABLE if os.path.basename(path) == PYPROJECT else (), os.path.abspath(start))


def _read(entry: Entry) -> dict[str, tuple[Any, Entry]]:
    """The values by field, each with its entry; raises SettingsError with every mistake of the file."""
    known = {key.name: key for key in keys()}
    if not isinstance(entry.value, Mapping):
        entry.mistaken_key("the settings are a table: [tool.convlint]")

    def read(each: Entry) -> tuple[str, tuple[Any, Entry]]:
        if each.key not in known:
            each.unknown_key(known)
        key = known[each.key]
        return key.field, (key.kind.read(each), each)

    return dict(each_of(entry.items(), read))


def _overridden(found: Resolved, overrides: Mapping[str, Any], start: str) -> Resolved:
    """With what the command line says: an option counts for more than the key of its name, or adds to it.

    ``--select`` begins a choice of its own.
    """
    changes = dict(overrides)
    if "select" in changes:
        changes = dict.fromkeys(_BEGINS_ANEW, ()) | changes
    for name in _GLOBS & changes.keys():
        changes[name] = tuple(_from_root(name, glob, start, found.settings.root) for glob in changes[name])
    for name in changes.keys() & _ADDED:
        if "select" not in changes or name not in _BEGINS_ANEW:
            changes[name] = (*getattr(found.settings, name), *changes[name])
    given = {name.replace("_", "-"): f"--{name.replace('_', '-')}" for name in overrides}
    origins = {**found.origins, **given}
    return replace(found, settings=replace(found.settings, **changes), origins=origins)


def _from_root(name: str, glob: str, start: str, root: str) -> str:
    """A glob that was given in the directory ``start``, as it reads from ``root``; raises SettingsError."""
    try:
        check_glob(glob)
    except GlobError as error:
        option = f"--{name.replace('_', '-')}"
        raise SettingsError([Problem(f"this is no glob: {error}", option, glob, 0, len(glob))]) from error
    pattern = glob.removeprefix("!")
    if "/" not in pattern.rstrip("/"):
        return glob
    inside = os.path.relpath(os.path.join(start, pattern.lstrip("/")), root).replace(os.sep, "/")
    return "!" * glob.startswith("!") + f"/{inside}" + "/" * pattern.endswith("/")
