"""The settings: one field a key, and with it all that is to be said of that key."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from convlint.diagnostics import Severity
from convlint.discover.files import DEFAULT_EXCLUDE, FileFilter, nearest_root
from convlint.render.formats import FORMATS
from convlint.request.selection import FileIgnores, Selection
from convlint.settings import kinds
from convlint.settings.kinds import Kind
from convlint.settings.models import MODELS, ModelSettings

_KEY = "key"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the settings: ``name`` as it is written, ``field`` that of `Settings`; ``default`` in TOML."""

    name: str
    field: str
    kind: Kind[Any]
    summary: str
    default: str
    example: str


def _key(kind: Kind[Any], default: object, written: str, example: str, summary: str) -> Any:
    """A field of `Settings` that is a key: ``written`` is its default as the manual has it."""
    about = {"kind": kind, "default": written, "example": example, "summary": summary}
    return dataclasses.field(default=default, metadata={_KEY: about})


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for a run: from a settings file and the command line, or the defaults.

    Frozen, hashable, and made of plain data.  Paths are absolute; ``root`` is the directory that globs start from.
    ``nested`` are the settings of other directories, whose files have those (see `at`); how the run itself goes
    (interpreter, limits, form and threshold of the report) is for these here to say.
    """

    select: tuple[str, ...] = _key(
        kinds.RULES, (), "all rules", 'select = ["CL3", "checkerboard"]',
        "The rules that report: codes, beginnings of codes, or names.",
    )
    ignore: tuple[str, ...] = _key(
        kinds.RULES, (), "[]", 'ignore = ["floor-ambiguity"]',
        "Rules that do not report, whatever `select` says.",
    )
    extend_select: tuple[str, ...] = _key(
        kinds.RULES, (), "[]", 'extend-select = ["CL5"]',
        "Further rules that report, where `select` names some.",
    )
    extend_ignore: tuple[str, ...] = _key(
        kinds.RULES, (), "[]", 'extend-ignore = ["CL503"]',
        "Further rules that do not report.",
    )
    per_file_ignores: tuple[FileIgnores, ...] = _key(
        kinds.FILE_IGNORES, (), "{}", '[tool.convlint.per-file-ignores]\n"tests/**" = ["CL3"]',
        "Rules that do not report in some files; globs as in .gitignore, `!` before one means all other files.",
    )
    severity: tuple[tuple[str, str], ...] = _key(
        kinds.SEVERITIES, (), "{}", '[tool.convlint.severity]\nmisaligned-join = "error"\nCL203 = "off"',
        "The severity of all findings of a rule; the most exact of several words for a rule counts.",
    )
    fail_on: str = _key(
        kinds.one_of("severity", *(each.label for each in reversed(Severity))), "warning", '"warning"',
        'fail-on = "error"', "The lowest severity that makes the exit code 1.",
    )
    models: tuple[ModelSettings, ...] = _key(
        MODELS, (), "{}",
        '[tool.convlint.models."net.py:UNet"]\nargs = {depth = 4, norm = "nn.BatchNorm2d"}\n'
        'input = {x = "N 3 H W", t = "N:int64"}\nwhere = ["H % 16 == 0", "W % 16 == 0"]',
        "How single models are built, what their inputs are, which sizes matter, or `skip = true`; it counts for more "
        "than anything that their files show.",
    )
    python: str | None = _key(
        kinds.INTERPRETER, None, "the active or .venv one", 'python = ".venv/bin/python"',
        "The interpreter whose torch runs the models.",
    )
    timeout: float = _key(
        kinds.SECONDS, 60.0, "60", "timeout = 120", "Seconds that one model may take."
    )
    memory: int = _key(
        kinds.at_least(256, "megabytes"), 4096, "4096", "memory = 8192", "Megabytes that a model may take.",
    )
    jobs: int = _key(
        kinds.JOBS, 0, '"auto"', "jobs = 4", 'How many models are run at a time; "auto" is one for each core.'
    )
    """0 stands for ``auto``."""
    exclude: tuple[str, ...] = _key(
        kinds.GLOBS, DEFAULT_EXCLUDE, "[" + ", ".join(f'"{each}"' for each in DEFAULT_EXCLUDE) + "]",
        'exclude = ["legacy/", "*_pb2.py"]',
        "Files and directories that are left out, as in .gitignore; instead of the default ones.",
    )
    extend_exclude: tuple[str, ...] = _key(
        kinds.GLOBS, (), "[]", 'extend-exclude = ["third_party/"]', "Further files and directories to leave out."
    )
    respect_gitignore: bool = _key(
        kinds.FLAG, default=True, written="true", example="respect-gitignore = false",
        summary="Whether files that git ignores are left out.",
    )
    force_exclude: bool = _key(
        kinds.FLAG, default=False, written="false", example="force-exclude = true",
        summary="Whether excluded files are left out when they are named, too.",
    )
    cache_dir: str | None = _key(
        kinds.PATH, None, ".convlint_cache in the root", 'cache-dir = ".cache/convlint"',
        "The directory in which results are kept between runs.",
    )
    output_format: str = _key(
        kinds.one_of("format", *FORMATS), "text", '"text"', 'output-format = "json"', "The form of the report."
    )
    show_info: bool = _key(
        kinds.FLAG, default=False, written="false", example="show-info = true",
        summary="Whether each info finding is shown, not one line for each kind.",
    )
    root: str = ""
    nested: "tuple[Settings, ...]" = ()

    def at(self, path: str) -> "Settings":
        """The settings of a file: those of the nearest directory at or above it."""
        return nearest_root(path, (self, *self.nested))

    @property
    def selection(self) -> Selection:
        """Which rules report, where, and how gravely."""
        return Selection(
            select=(*self.select, *self.extend_select) if self.select else (),
            ignore=(*self.ignore, *self.extend_ignore),
            severity=self.severity,
            per_file=self.per_file_ignores,
            root=self.root,
        )

    @property
    def files(self) -> FileFilter:
        """Which files are looked at."""
        return FileFilter(
            exclude=(*self.exclude, *self.extend_exclude),
            root=self.root,
            respect_gitignore=self.respect_gitignore,
            force_exclude=self.force_exclude,
            nested=tuple(each.files for each in self.nested),
        )


def keys() -> tuple[Key, ...]:
    """Every key, in the order of the manual."""
    return tuple(
        Key(name=each.name.replace("_", "-"), field=each.name, **each.metadata[_KEY])
        for each in dataclasses.fields(Settings)
        if _KEY in each.metadata
    )


DEFAULTS = Settings()
