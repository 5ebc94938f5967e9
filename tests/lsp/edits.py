"""Edits, made as a client makes them."""


def applied(text, action, uri):
    """The text of a document after an action that changes single lines of it."""
    lines = text.split("\n")
    edits = action.edit.document_changes[0].edits if action.edit.document_changes else action.edit.changes[uri]
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + edit.new_text + line[end.character :]
    return "\n".join(lines)
