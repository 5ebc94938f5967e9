"""The grammar of directives: one comment taken apart, all places as offsets in it.

A comment is one or several segments, each with a ``#`` of its own; a segment of convlint's is ``# convlint:``, words
with brackets, and a reason behind ``--``.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

BRACKETS = {"ignore": "[", "file-ignore": "[", "input": "(", "where": "(", "arg": "("}
"""The words, and the bracket that follows each."""

_FORMS = {
    "ignore": "`ignore[skip-size-mismatch]`",
    "file-ignore": "`file-ignore[skip-size-mismatch]`",
    "input": '`input("N 3 H W")`',
    "where": "`where(H % 16 == 0)`",
    "arg": "`arg(depth=3)`",
}
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_LEAD = re.compile(r"#\s*convlint:")
_NEARLY_LEAD = re.compile(
    r"#\s*(?P<lead>conv[-_ ]?lint\s*(?P<mark>[:=]?))\s*(?P<word>[a-z]+(?:[-_ ]ignore)?)\s*(?P<rest>[\[(]|$)?",
    re.IGNORECASE,
)
_NEXT_SEGMENT = re.compile(r"(?<=\s)#(?=\s*[A-Za-z])")
_WORD = re.compile(r"[A-Za-z][\w-]*")
_NAME_OF_RULE = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_QUOTED = re.compile(r"""\s*(?:(?P<name>[A-Za-z_]\w*(?:\.\w+)*)\s*=\s*)?(?P<quote>["'])(?P<text>[^"']*)(?P=quote)\s*""")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what stands in brackets, and where; ``name`` is what is set before ``=``."""

    text: str
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Brackets:
    """One word with its brackets: ``start`` is where the word begins, ``end`` behind the closing bracket."""

    kind: str
    items: tuple[Piece, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A range of a comment that cannot be read, and the way out."""

    message: str
    start: int
    end: int
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """What convlint reads in one segment: its words up to a mistake, if there is one, and the reason."""

    words: tuple[Brackets, ...] = ()
    reason: str = ""
    mistake: Unreadable | None = None


class _UnreadableError(ValueError):
    def __init__(self, message: str, start: int, end: int, *help_: str) -> None:
        super().__init__(message)
        self.found = Unreadable(message, start, end, help_)


def segments(comment: str) -> list[range]:
    """The ranges of a comment that begin with a ``#`` of their own; ``#123`` is no beginning."""
    starts = [0, *(each.start() for each in _NEXT_SEGMENT.finditer(comment))]
    return [range(start, end) for start, end in zip(starts, [*starts[1:], len(comment)], strict=True)]


def read_segment(comment: str, part: range) -> Segment | Unreadable:
    """What a segment says; nothing where it does not speak to convlint."""
    text = comment[: part.stop].rstrip()
    lead = _LEAD.match(text, part.start)
    if lead is None:
        return _misspelled(text, part.start) or Segment()
    words: list[Brackets] = []
    position = _behind_blanks(text, lead.end())
    while position < len(text) and not text.startswith("--", position):
        try:
            words.append(_word(text, position, is_first=not words))
        except _UnreadableError as error:
            return Segment(tuple(words), "", error.found)
        position = _behind_blanks(text, words[-1].end)
    if not words:
        return Unreadable("this directive says nothing", part.start, len(text), (_known(),))
    return Segment(tuple(words), text[position + len("--") :].strip())


def _behind_blanks(text: str, position: int) -> int:
    return len(text) - len(text[position:].lstrip())


def _known() -> str:
    return f"convlint reads {', '.join(_FORMS.values())}, and a reason behind `--`"


def _misspelled(text: str, start: int) -> Unreadable | None:
    """A segment that is clearly meant for convlint, and does not begin as such."""
    found = _NEARLY_LEAD.match(text, start)
    kind = _nearest(found["word"]) if found is not None else None
    if found is None or kind is None:
        return None
    if found["rest"] is None and not (found["mark"] and kind == found["word"]):
        return None
    lead = found["lead"].rstrip()
    message = f"`{lead}` is not how a directive begins, so it is not read"
    help_ = f"write `# convlint: {_FORMS[kind].strip('`')}`"
    return Unreadable(message, found.start("lead"), found.start("lead") + len(lead), (help_,))


def _nearest(word: str) -> str | None:
    """The word that is meant; None where it is like none."""
    near = difflib.get_close_matches(re.sub(r"[_ ]", "-", word.lower()), BRACKETS, 1, cutoff=0.7)
    return near[0] if near else None


def _word(text: str, start: int, *, is_first: bool) -> Brackets:
    """The word at ``start``; raises _UnreadableError."""
    found = _WORD.match(text, start)
    word = found[0] if found else ""
    end = found.end() if found else start
    if word not in BRACKETS:
        kind = _nearest(word)
        stop = max(end, start + 1)
        if kind is not None:
            raise _UnreadableError(f"there is no directive `{word}`", start, stop, f"did you mean {_FORMS[kind]}?")
        if not is_first:
            raise _UnreadableError("this cannot be read", start, len(text), "a reason begins with `--`")
        raise _UnreadableError("this directive cannot be read", start, len(text), _known())
    opening = BRACKETS[word]
    if not text.startswith(opening, end):
        if text.startswith(("(", "["), end):
            raise _UnreadableError(f"`{word}` takes other brackets", end, end + 1, f"write {_FORMS[word]}")
        if word.endswith("ignore"):
            help_ = f"name what it hides: {_FORMS[word]}, or several rules with commas between"
            message = f"`{word}` without rules would hide everything, so it hides nothing"
            raise _UnreadableError(message, start, end, help_)
        raise _UnreadableError(f"`{word}` declares nothing", start, end, f"write {_FORMS[word]}")
    close = _closing(text, end)
    if close is None:
        raise _UnreadableError(f"`{opening}` is never closed", end, end + 1, f"a directive is one line: {_FORMS[word]}")
    items = tuple(_items(word, text, end + 1, close))
    if not items:
        what = "names no rule" if opening == "[" else "declares nothing"
        raise _UnreadableError(f"`{text[start : close + 1]}` {what}", start, close + 1, f"write {_FORMS[word]}")
    return Brackets(word, items, start, close + 1)


def _closing(text: str, opening: int) -> int | None:
    """Where the bracket at ``opening`` is closed, strings aside."""
    for position, _ in _outside(text, opening + 1, _CLOSING[text[opening]]):
        return position
    return None


def _outside(text: str, start: int, marks: str) -> Iterator[tuple[int, str]]:
    """The characters of ``marks`` that stand in no brackets and no string of ``text`` from ``start`` on."""
    open_: list[str] = []
    quote = ""
    for position in range(start, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif not open_ and character in marks:
            yield position, character
        elif character in "\"'":
            quote = character
        elif character in _CLOSING:
            open_.append(_CLOSING[character])
        elif open_ and character == open_[-1]:
            open_.pop()


def _items(word: str, text: str, start: int, end: int) -> Iterator[Piece]:
    """What stands in brackets, taken apart at its commas; raises _UnreadableError."""
    inside = text[:end]
    if BRACKETS[word] == "[":
        for found in _NAME_OF_RULE.finditer(inside, start):
            yield Piece(found[0], found.start(), found.end())
        return
    commas = [position for position, _ in _outside(inside, start, ",")]
    for first, last in zip([start, *(each + 1 for each in commas)], [*commas, end], strict=True):
        piece = inside[first:last]
        if not piece.strip():
            continue
        at = first + len(piece) - len(piece.lstrip())
        quoted = _QUOTED.fullmatch(inside, first, last)
        if quoted is not None and (word == "input" or not quoted["name"]) and word != "arg":
            yield Piece(quoted["text"], quoted.start("text"), quoted.end("text"), quoted["name"] or "")
        elif word == "input":
            raise _UnreadableError("a shape is written in quotes", at, at + len(piece.strip()), f"write {_FORMS[word]}")
        else:
            yield Piece(piece.strip(), at, at + len(piece.strip()))
