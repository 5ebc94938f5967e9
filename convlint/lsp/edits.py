"""Changes of documents as the protocol has them."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from lsprotocol import types

from convlint.lsp.document import Document
from convlint.lsp.documents import Documents
from convlint.lsp.positions import Lines
from convlint.source.notebook import read_notebook
from convlint.source.text import decode, lines_with_breaks


def edits_to(lines: Lines, after: str) -> list[types.TextEdit]:
    """The edits that make ``after`` of a text: of each run of lines that differ, what lies between their ends."""
    old, new = lines_with_breaks(lines.text), lines_with_breaks(after)
    told = []
    for tag, first, last, new_first, new_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            before, text = "".join(old[first:last]), "".join(new[new_first:new_last])
            head = _common(before, text)
            tail = _common(before[head:][::-1], text[head:][::-1])
            start = len("".join(old[:first])) + head
            end = start + len(before) - head - tail
            where = types.Range(_position(lines, start), _position(lines, end))
            told.append(types.TextEdit(where, text[head : len(text) - tail]))
    return told


def edits_of(document: Document, content: bytes) -> dict[str, list[types.TextEdit]]:
    """The edits that make the content of a file or notebook of a document, by the paths of what is edited."""
    if not document.cells:
        return {document.path: edits_to(document.lines, decode(content)[0])}
    after = {each.number: "\n".join(each.lines) for each in read_notebook(content).cells}
    edits = {
        cell.path: edits_to(cell.lines, cell.lines.with_breaks(after[number]))
        for number, cell in enumerate(document.cells, start=1)
        if number in after
    }
    return {path: each for path, each in edits.items() if each}


def workspace_edit(
    changes: Mapping[str, Sequence[types.TextEdit]], documents: Documents, *, versioned: bool
) -> types.WorkspaceEdit:
    """The edits of several files, by path; ``versioned``: for no other version of those that are open."""
    if not versioned:
        return types.WorkspaceEdit(changes={documents.uri(path): list(edits) for path, edits in changes.items()})
    opened = documents.shown
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(
                    documents.uri(path), opened[path].version if path in opened else None
                ),
                list(edits),
            )
            for path, edits in changes.items()
        ]
    )


def _position(lines: Lines, offset: int) -> types.Position:
    """The position of a character of the text."""
    before = Lines(lines.text[:offset]).all
    return lines.position(len(before), len(before[-1]) + 1)


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
