"""Small files with a call to edit."""

import re
from collections.abc import Callable

import pytest

from convlint.fixes.call import Edited, edit
from convlint.fixes.sourcefile import SourceFile
from convlint.rules.remedy import Change, Number

_CLASS = re.compile(r"Conv\w*|BatchNorm2d|LayerNorm|GroupNorm|Linear")

Wish = tuple[str, Number, Number]
"""An argument, the number that it is and the number that it is to be."""


@pytest.fixture
def edited() -> Callable[..., bytes | str]:
    """``edited(data, call, wishes, class_name)``: the bytes after the edit of ``call``, or why there is none."""

    def run(data: bytes | str, call: str, *wishes: Wish, class_name: str = "") -> bytes | str:
        file = SourceFile.of("net.py", data if isinstance(data, bytes) else data.encode())
        assert file.text.count(call) == 1
        start = file.text.index(call)
        span = file.span(start, start + len(call))
        found = edit(file, [Change(span, class_name or _CLASS.search(call)[0], *wish) for wish in wishes])
        if isinstance(found, Edited):
            return file.edited(found.splices).data
        return "; ".join(each.reason for each in found)

    return run
