"""Findings as clients have them."""

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from convlint.diagnostics import Diagnostic, Related, Severity, Span
from convlint.lsp.diagnostics import lsp_diagnostics
from convlint.lsp.positions import Lines

LINES = {"/net.py": Lines("one\ntwo\n"), "/block.py": Lines("é𝔸 = 1\n")}
FOUND = Diagnostic(
    code="CL301",
    name="skip-size-mismatch",
    severity=Severity.WARNING,
    message="sizes differ",
    span=Span("/net.py", 2, 1, 2, 4),
    witness={"H": 7},
    model="Net",
    related=(Related(Span("/block.py", 1, 2, 1, 3), "one branch"),),
    help=("pad it",),
)


def shown(**changes):
    (found,) = lsp_diagnostics([type(FOUND)(**{**_fields(FOUND), **changes})], LINES.__getitem__, lambda p: f"file://{p}")
    return found


def _fields(found):
    return {name: getattr(found, name) for name in found.__dataclass_fields__}


def test_a_finding_has_its_place_its_rule_and_what_to_do():
    found = shown()
    assert found.range == types.Range(types.Position(1, 0), types.Position(1, 3))
    assert (found.code, found.source, found.severity) == ("CL301", "convlint", types.DiagnosticSeverity.Warning)
    assert found.message.startswith("skip-size-mismatch: sizes differ")
    assert "H = 7" in found.message
    assert "pad it" in found.message


def test_its_code_leads_to_what_one_can_read_about_it():
    assert shown(code="CL203").code_description.href.startswith("https://")
    assert shown(code="CL000").code_description is None


def test_related_places_are_in_their_own_files():
    (related,) = shown().related_information
    place = types.Location("file:///block.py", types.Range(types.Position(0, 1), types.Position(0, 3)))
    assert (related.location, related.message) == (place, "one branch")


@pytest.mark.parametrize(
    ("severity", "shown_as"),
    [(Severity.ERROR, "Error"), (Severity.WARNING, "Warning"), (Severity.INFO, "Hint")],
)
def test_what_is_no_mistake_is_a_hint(severity, shown_as):
    assert shown(severity=severity).severity is types.DiagnosticSeverity[shown_as]


def test_a_comment_that_hides_nothing_is_faded():
    assert shown(code="CL906", name="unused-suppression").tags == [types.DiagnosticTag.Unnecessary]
    assert shown().tags is None
