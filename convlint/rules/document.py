"""A rule's document: Markdown under headings that are the same for every rule, with examples that run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

EXAMPLE_HEADINGS = ("Flagged", "Clean")
HEADINGS = ("What it does", "Why is this bad", "Formula", *EXAMPLE_HEADINGS, "Fix", "Limits", "References")
"""All headings in their order; a rule that no model's graph can show has no examples."""

FENCE = "```"
"""What begins and ends code."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A class ``Net``, the shapes of its inputs (``N 3 H W``), and the sizes that are declared to matter."""

    code: str
    inputs: tuple[str, ...]
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One sentence, and what follows it in sections."""

    summary: str
    sections: tuple[Section, ...]

    @classmethod
    def read(cls, text: str) -> "Document":
        """The document that ``text`` is; headings inside code are code."""
        parts: list[tuple[str, list[str]]] = [("", [])]
        is_code = False
        for line in text.strip().splitlines():
            is_code ^= line.startswith(FENCE)
            if line.startswith("## ") and not is_code:
                parts.append((line.removeprefix("## ").strip(), []))
            else:
                parts[-1][1].append(line)
        (_, summary), *sections = parts
        return cls(_joined(summary), tuple(Section(heading, _joined(lines)) for heading, lines in sections))

    def section(self, heading: str) -> str:
        """What stands under a heading; raises KeyError."""
        for section in self.sections:
            if section.heading == heading:
                return section.text
        raise KeyError(heading)

    def examples(self, heading: str) -> tuple[Example, ...]:
        """The Python code under a heading, and what its first comments say of the inputs; raises KeyError."""
        return tuple(_examples(self.section(heading)))


def _examples(text: str) -> Iterator[Example]:
    for code in re.findall(r"^```python\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE):
        inputs = re.findall(r"^# input: (.+)$", code, flags=re.MULTILINE)
        where = re.findall(r"^# where: (.+)$", code, flags=re.MULTILINE)
        yield Example(code, tuple(inputs), tuple(where))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()
