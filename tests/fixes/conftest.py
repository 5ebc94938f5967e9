"""Small files with a call to edit."""

import re
from collections.abc import Callable

import pytest

from convlint.fixes.call import edit
from convlint.fixes.sourcefile import SourceFile
from convlint.fixes.whence import Obstacle
from convlint.rules.remedy import Change, Number

_CLASS = re.compile(r"Conv\w*|BatchNorm2d|LayerNorm|GroupNorm|Linear")


def change_in(file: SourceFile, argument: str, old: Number, new: Number, call: str, class_name: str = "") -> Change:
    """The change of ``argument`` in the one place where the text ``call`` stands."""
    assert file.text.count(call) == 1
    start = file.text.index(call)
    name = class_name or _CLASS.search(call)[0]
    return Change(file.span(start, start + len(call)), name, argument, old, new)


@pytest.fixture
def edited() -> Callable[..., bytes | str]:
    """``edited(data, argument, old, new, call)``: the bytes after the edit, or why there is none."""

    def run(data: bytes | str, argument: str, old: Number, new: Number, call: str, class_name: str = "") -> bytes | str:
        file = SourceFile.of("net.py", data if isinstance(data, bytes) else data.encode())
        found = edit(file, change_in(file, argument, old, new, call, class_name))
        return found.reason if isinstance(found, Obstacle) else file.edited(found).data

    return run
