"""Directives in comments: what is read, of what they speak, and which mistakes are told at which place."""

import pytest

from convlint.fixes.sourcefile import SourceFile, Splice
from convlint.rules import registry
from convlint.rules.document import Document
from convlint.source.directives import Directives, Kind, read_directives

CLASS = """\
@decorated
@twice
class Net(nn.Module):
    pass
"""


def read(text: str) -> Directives:
    return read_directives("net.py", text)


def mistake(text: str) -> tuple[str, str, tuple[str, ...]]:
    """The message of the one mistake, the source that it marks, and the help."""
    (found,) = read(text).mistakes
    line = text.split("\n")[found.span.line - 1]
    return found.message, line[found.span.column - 1 : found.span.end_column - 1], found.help


def edited(text: str, *names: str) -> str:
    """The text without items of its first directive."""
    directive = read(text).all[0]
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines) + 1)]
    edits = directive.without(frozenset(each for each in directive.items if each.text in names))
    for edit in sorted(edits, reverse=True):
        start = starts[edit.span.line - 1] + edit.span.column - 1
        end = starts[edit.span.end_line - 1] + edit.span.end_column - 1
        text = text[:start] + edit.content + text[end:]
    return text


class TestGrammar:
    def test_rules_and_a_reason(self):
        (found,) = read("x = 1  # convlint: ignore[skip-size-mismatch, CL103] -- sizes are padded\n").all
        assert found.kind is Kind.IGNORE
        assert [each.text for each in found.items] == ["skip-size-mismatch", "CL103"]
        assert found.reason == "sizes are padded"

    def test_items_know_their_place(self):
        text = "x = 1  # convlint: ignore[ a-b ,CL103]\n"
        (found,) = read(text).all
        assert [text[each.span.column - 1 : each.span.end_column - 1] for each in found.items] == ["a-b", "CL103"]

    def test_several_directives_in_one_comment(self):
        comment = '# convlint: input("N 3 H W") where(H % 16 == 0, min(H, W) > 3) arg(k=(1, 2), s="a,b")'
        found = read(f"class A:  {comment}\n    pass\n").all
        assert [(each.kind, [item.text for item in each.items]) for each in found] == [
            (Kind.INPUT, ["N 3 H W"]),
            (Kind.WHERE, ["H % 16 == 0", "min(H, W) > 3"]),
            (Kind.ARG, ["k=(1, 2)", 's="a,b"']),
        ]

    def test_inputs_have_names(self):
        text = "class A:  # convlint: input(x='N 3 S S', batch.t=\"N:int64\")\n    pass\n"
        assert [(each.name, each.text) for each in read(text).all[0].items] == [
            ("x", "N 3 S S"),
            ("batch.t", "N:int64"),
        ]

    def test_other_tools_have_their_own_comments(self):
        (found,) = read("x = 1  # noqa: E501  # convlint: ignore[a] -- see #12  # type: ignore\n").all
        assert (found.reason, found.items[0].text) == ("see #12", "a")

    @pytest.mark.parametrize(
        "text",
        [
            's = "# convlint: ignore[a]"',
            's = """\n# convlint: ignore[a]\n"""',
            "# convlint checks this file",
            "x = 1  # noqa",
            "# see https://convlint.org: ignore it",
        ],
    )
    def test_what_is_no_directive(self, text):
        assert read(text + "\n") == Directives("net.py")

    def test_of_what_is_no_python_the_beginning_is_read(self):
        assert len(read("x = 1  # convlint: ignore[a]\ny = (\n").all) == 1


class TestIgnored:
    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("x = 1  # convlint: ignore[a]\ny = 2\n", {1}),
            ("# convlint: ignore[a]\n\n# why\nx = 1\n", {1, 4}),
            ("x = f(  # convlint: ignore[a]\n    1,\n)\n", {1, 2, 3}),
            ("x = f(\n    1,\n)  # convlint: ignore[a]\n", {1, 2, 3}),
            ("x = f(\n    1,  # convlint: ignore[a]\n    2,\n)\n", {2}),
            ("x = f(\n    # convlint: ignore[a]\n    1,\n    2,\n)\n", {2, 3}),
            ("# convlint: ignore[a]\nx = f(\n    1,\n)\n", {1, 2, 3, 4}),
            ("x = 1 + \\\n    2  # convlint: ignore[a]\n", {1, 2}),
            ("# convlint: ignore[a]\n@b\nclass C:\n    x = 1\n", {1, 2, 3}),
            ("def f(  # convlint: ignore[a]\n    x,\n):\n    return x\n", {1, 2, 3}),
            ("if x:\n\tx = 'ü'  # convlint: ignore[a]\n", {2}),
            ("x = 1\x0c  # convlint: ignore[a]\n", {1}),
        ],
    )
    def test_lines(self, text, lines):
        (found,) = read(text).all
        assert found.lines == lines

    def test_no_comment_speaks_of_another_cell(self):
        text = "x = 1\n# convlint: ignore[a]\n\ny = 2\n# convlint: arg(depth=3)\nclass Net:\n    pass\n"
        assert len(read_directives("net.ipynb", text, (1, 5)).all) == 2
        said = [each.message for each in read_directives("net.ipynb", text, (1, 4, 6)).mistakes]
        assert said == ["there is no code behind this line, so `ignore` applies to nothing", "`arg` stands at no class"]

    def test_a_file_is_ignored_from_a_line_of_its_own(self):
        (found,) = read("x = 1\n# convlint: file-ignore[a]\n").all
        assert (found.kind, found.lines) == (Kind.FILE_IGNORE, frozenset())


class TestClass:
    @pytest.mark.parametrize(
        "text",
        [
            CLASS.replace("Module):", "Module):  # convlint: arg(depth=3)"),
            "# convlint: arg(depth=3)\n" + CLASS,
            "# convlint: arg(depth=3)\n# and more\n\n" + CLASS,
            CLASS.replace("@twice", "# convlint: arg(depth=3)\n@twice"),
            CLASS.replace("    pass", "    # convlint: arg(depth=3)\n    pass"),
            CLASS.replace("    pass", "    '''A net.'''\n\n    # convlint: arg(depth=3)\n    pass"),
            CLASS.replace("    pass", "    # convlint: arg(depth=3)\n    def forward(self):\n        pass"),
            "class Other:\n    pass\n\n# convlint: arg(depth=3)\n" + CLASS,
        ],
    )
    def test_stands_at_it(self, text):
        (found,) = read(text).all
        assert text.split("\n")[(found.class_line or 0) - 1].startswith("class Net")
        assert read(text).at_class(found.class_line or 0) == (found,)

    @pytest.mark.parametrize(
        "text",
        [
            "x = 1  # convlint: arg(depth=3)\n",
            "# convlint: arg(depth=3)\nx = 1\n",
            CLASS + "    # convlint: arg(depth=3)\n",
            "def f():\n    # convlint: arg(depth=3)\n    return 1\n",
        ],
    )
    def test_elsewhere_it_is_a_mistake(self, text):
        message, marked, _ = mistake(text)
        assert (message, marked) == ("`arg` stands at no class", "arg(depth=3)")


@pytest.mark.parametrize(
    ("comment", "message", "marked", "help_"),
    [
        ("# convlint: ignore", "`ignore` without rules would hide everything, so it hides nothing", "ignore",
         "name what it hides: `ignore[skip-size-mismatch]`"),
        ("# convlint: ignore[]", "`ignore[]` names no rule", "ignore[]", "write `ignore[skip-size-mismatch]`"),
        ("# convlint: ignore(CL103)", "`ignore` takes other brackets", "(", "write `ignore[skip-size-mismatch]`"),
        ("# convlint: ignore[CL103", "`[` is never closed", "[", "a directive is one line"),
        ("# convlint: ignore[CL103] padded", "this cannot be read", "padded", "a reason begins with `--`"),
        ("# convlint: ingore[CL103]", "there is no directive `ingore`", "ingore", "did you mean `ignore["),
        ("# convlint: nothing here", "this directive cannot be read", "nothing here", "convlint reads `ignore["),
        ("# convlint:", "this directive says nothing", "# convlint:", "convlint reads `ignore["),
        ("# convlint: -- why", "this directive says nothing", "# convlint: -- why", "convlint reads `ignore["),
        ("# convlint: input(N 3 H W)", "a shape is written in quotes", "N 3 H W", 'write `input("N 3 H W")`'),
        ("# convlint: input()", "`input()` declares nothing", "input()", 'write `input("N 3 H W")`'),
        ("# convlint: where", "`where` declares nothing", "where", "write `where(H % 16 == 0)`"),
        ("# convlint ignore[CL103]", "`convlint` is not how a directive begins, so it is not read", "convlint",
         "write `# convlint: ignore[skip-size-mismatch]`"),
        ("# convlint ignore", "`convlint` is not how a directive begins, so it is not read", "convlint",
         "write `# convlint: ignore["),
        ("#conv-lint: ignore[CL103]", "`conv-lint:` is not how a directive begins, so it is not read", "conv-lint:",
         "write `# convlint: ignore["),
        ("# Convlint : ignore[a]", "`Convlint :` is not how a directive begins, so it is not read", "Convlint :",
         "write `# convlint: ignore["),
        ("# conv lint = file ignore[a]", "`conv lint =` is not how a directive begins, so it is not read",
         "conv lint =", "write `# convlint: file-ignore["),
        ("# convlint: file-ignore[CL103]",
         "`file-ignore` speaks of the whole file, and does not stand at its top level",
         "file-ignore[CL103]", "put it on a line of its own"),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_place(comment, message, marked, help_):
    found, at, helps = mistake(f"x = 1  {comment}\n")
    assert (found, at) == (message, marked)
    assert helps[0].startswith(help_)


def test_an_ignore_behind_all_code_is_a_mistake():
    message, marked, _ = mistake("x = 1\n# convlint: ignore[a]\n")
    assert message == "there is no code behind this line, so `ignore` applies to nothing"
    assert marked == "ignore[a]"


def test_a_mistake_leaves_what_stands_before_it():
    found = read("x = 1  # convlint: ignore[a] ignore\n")
    assert (len(found.all), len(found.mistakes)) == (1, 1)


class TestRemoval:
    @pytest.mark.parametrize(
        ("text", "cells", "left"),
        [
            ("x = 1\n# convlint: file-ignore[a]\ny = 2\n", (), "x = 1\ny = 2\n"),
            ("x = 1\n# convlint: file-ignore[a]\n", (), "x = 1\n"),
            ("x = 1\n# convlint: file-ignore[a]", (), "x = 1"),
            ("# convlint: file-ignore[a]", (), ""),
            ("x = 1\n# convlint: file-ignore[a]\ny = 2", (1, 3), "x = 1\ny = 2"),
            ("x = 1\n# convlint: file-ignore[a]\ny = 2", (1, 2), "x = 1\ny = 2"),
            ("x = 1\n# convlint: file-ignore[a]\ny = 2", (1, 2, 3), "x = 1\n\ny = 2"),
            ("x = 1\n# convlint: file-ignore[a]", (1, 2), "x = 1\n"),
        ],
    )
    def test_the_line_goes_with_one_break_and_none_between_cells(self, text, cells, left):
        (found,) = read_directives("net.py", text, cells).all
        file = SourceFile.of("net.py", text.encode())
        start, end = file.range(found.removal)
        assert file.edited([Splice(start, end, "")]).text == left
        assert not any(start < file.offset(line, 1) <= end for line in cells)

    @pytest.mark.parametrize(
        ("text", "names", "left"),
        [
            ("x = 1  # convlint: ignore[a] -- why\ny\n", "a", "x = 1\ny\n"),
            ("x = 1 # convlint: ignore[a, b]\n", "ab", "x = 1\n"),
            ("x = 1  # convlint: ignore[a, b,c]\n", "a", "x = 1  # convlint: ignore[b,c]\n"),
            ("x = 1  # convlint: ignore[a, b,c]\n", "c", "x = 1  # convlint: ignore[a, b]\n"),
            ("x = 1  # convlint: ignore[a, b, c, d]\n", "bd", "x = 1  # convlint: ignore[a, c]\n"),
            ("x = 1  # convlint: ignore[a, b, c, d] -- why\n", "bc", "x = 1  # convlint: ignore[a, d] -- why\n"),
            ("x = 1  # convlint: ignore[a]  # noqa\n", "a", "x = 1  # noqa\n"),
            ("x = 1  # noqa  # convlint: ignore[a]\n", "a", "x = 1  # noqa\n"),
            ("x = 1  # convlint: ignore[a] ignore[b]\n", "a", "x = 1  # convlint: ignore[b]\n"),
            ("if x:\n\t# convlint: ignore[a]\n\ty = 1\n", "a", "if x:\n\ty = 1\n"),
            ("if x:\n\t# convlint: ignore[a]  # noqa\n\ty = 1\n", "a", "if x:\n\t# noqa\n\ty = 1\n"),
            ("# convlint: file-ignore[a]\n", "a", ""),
        ],
    )
    def test_takes_away_nothing_else(self, text, names, left):
        assert edited(text, *names) == left

    def test_the_last_of_two_directives(self):
        text = "x = 1  # convlint: ignore[a] ignore[b]  # noqa\n"
        last = read(text).all[1]
        (edit,) = last.without(frozenset(last.items))
        removed = text[edit.span.column - 1 : edit.span.end_column - 1]
        assert text.replace(removed, "") == "x = 1  # convlint: ignore[a]  # noqa\n"


@pytest.mark.parametrize("name", ["unused-suppression", "bad-directive"])
def test_what_the_documents_of_the_rules_show_is_read(name):
    document = Document.read(registry.find(name).document)
    shown = [line for section in document.sections for line in section.text.splitlines() if "# convlint:" in line]
    assert shown
    for line in shown:
        found = read(f"{line.strip()}\nclass Net:\n    pass\n")
        assert found.all
        assert not found.mistakes
