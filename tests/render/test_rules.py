"""Rules as text, Markdown and JSON, by whole output."""

import json

from convlint.diagnostics import Severity
from convlint.render.rules import render_rule, render_rule_json, render_rules, render_rules_markdown
from convlint.render.style import Style
from convlint.rules.base import Rule

RULE = Rule(
    "CL301",
    "torn-join",
    Severity.ERROR,
    """Maps of different size are joined.

## What it does

Compares the sizes of `a + b`, on every axis and for every size of the input.

## Flagged

```python
# input: N 3 H W
x = 1

y = 2
```

## Fix

None.

## References

- One paper, arXiv:1603.07285.
- Another paper with a rather long title, arXiv:1603.07286.
""",
)
UNEVEN = Rule("CL103", "uneven", Severity.INFO, "A sum | of two.\n\n## Fix\n\nUnsafe.\n")


def test_a_document_is_filled_to_the_width_and_its_code_is_not():
    assert render_rule(RULE, width=40) == """\
CL301 torn-join  error, joins

Maps of different size are joined.

What it does

  Compares the sizes of `a + b`, on
  every axis and for every size of the
  input.

Flagged

    # input: N 3 H W
    x = 1

    y = 2

Fix

  None.

References

  - One paper, arXiv:1603.07285.
  - Another paper with a rather long
    title, arXiv:1603.07286.
"""


def test_code_in_a_sentence_is_not_broken():
    rule = Rule("CL301", "torn-join", Severity.ERROR, "Sizes `a + b + c + d` differ.")
    assert "`a + b + c + d`" in render_rule(rule, width=20).splitlines()


def test_headings_and_code_are_coloured_on_a_terminal():
    text = render_rule(RULE, style=Style(colour=True))
    assert "\x1b[1mWhat it does\x1b[0m" in text
    assert "\x1b[1;36m`a + b`\x1b[0m" in text
    assert "    \x1b[1;36mx = 1\x1b[0m" in text


def test_a_list_is_by_families():
    assert render_rules([UNEVEN, RULE]) == """\
Windows and the floor
  CL103  uneven     info   [*]  A sum | of two.

Joins
  CL301  torn-join  error       Maps of different size are joined.
"""


def test_a_table_is_by_families():
    assert render_rules_markdown([UNEVEN, RULE]).splitlines()[2:] == [
        "| | **Windows and the floor** | | | |",
        r"| CL103 | uneven | info | yes | A sum \| of two. |",
        "| | **Joins** | | | |",
        "| CL301 | torn-join | error |  | Maps of different size are joined. |",
    ]


def test_json_keeps_the_markdown_of_each_section():
    sections = json.loads(render_rule_json(RULE))["rule"]["sections"]
    assert [each["heading"] for each in sections] == ["What it does", "Flagged", "Fix", "References"]
    assert sections[1]["text"].startswith("```python\n# input: N 3 H W\n")
