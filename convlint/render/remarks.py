"""What a finding says beside its message, in the words that every form of the report uses."""

from convlint.diagnostics import Diagnostic
from convlint.render import fixes
from convlint.report import Problem


def remarks(diagnostic: Diagnostic) -> list[tuple[str, str]]:
    """The model with a witness, notes, helps, and what the fix does: the word for each, and its text."""
    return [
        *([("model", _subject(diagnostic))] if diagnostic.model else []),
        *(("note", note) for note in diagnostic.notes),
        *(("help", text) for text in diagnostic.help),
        *(("fix", text) for text in fixes.remark(diagnostic)),
    ]


def in_full(diagnostic: Diagnostic) -> str:
    """The message and all remarks, a line each."""
    return "\n".join([diagnostic.message, *(f"{word}: {text}" for word, text in remarks(diagnostic))])


def in_words(problem: Problem) -> list[str]:
    """What could not be run and why, and a line for each way out."""
    what = f"{problem.source} {problem.text}".strip()
    return [f"{what}: {problem.message}" if what else problem.message, *problem.help]


def one_line(text: str) -> str:
    """``text`` in one line that a terminal and a log can show: spaces for what moves the cursor, one for several."""
    return printable(" ".join(text.split()))


def printable(line: str) -> str:
    """``line`` with spaces for what is no sign but moves the cursor or changes its colour."""
    return "".join(character if character.isprintable() else " " for character in line)


def _subject(diagnostic: Diagnostic) -> str:
    if not diagnostic.witness:
        return diagnostic.model
    sizes = ", ".join(f"{symbol} = {size}" for symbol, size in diagnostic.witness.items())
    return f"{diagnostic.model}, for example at {sizes}"
