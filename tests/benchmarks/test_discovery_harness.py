"""The measurement of discovery would notice: models that stop early, for which reasons, and errors on them."""

from benchmarks.discovery.report import Counts, as_markdown, counts

RECORD = {
    "package": "nets==1.0",
    "stamp": "torch 0",
    "models": [
        {"name": "A", "path": "a.py", "line": 1, "status": "checked", "reason": None, "stopped_by": None},
        {"name": "B", "path": "a.py", "line": 2, "status": "partial", "reason": "stops (line 7)", "stopped_by": None},
        {
            "name": "C",
            "path": "a.py",
            "line": 3,
            "status": "skipped",
            "reason": "`C` needs the argument `x`",
            "stopped_by": "construct-failed",
        },
        {
            "name": "D",
            "path": "a.py",
            "line": 4,
            "status": "partial",
            "reason": "`D` needs the argument `y`",
            "stopped_by": "construct-failed",
        },
        {"name": "E", "path": "a.py", "line": 5, "status": "skipped", "reason": "none", "stopped_by": "input-unknown"},
        {"name": "F", "path": "a.py", "line": 6, "status": "failed", "reason": "slow", "stopped_by": "timed-out"},
    ],
    "diagnostics": [
        {"code": "CL401", "severity": "error", "path": "a.py", "line": 9, "model": "A", "message": "64 arrive"},
        {"code": "CL905", "severity": "error", "path": "a.py", "line": 6, "model": "F", "message": "slow"},
        {"code": "CL301", "severity": "warning", "path": "a.py", "line": 8, "model": "A", "message": "sizes differ"},
    ],
}


def test_a_model_counts_up_to_where_it_stopped_and_parts_do_not_make_it_traced() -> None:
    assert counts(RECORD) == Counts(roots=6, built=3, given_inputs=2, traced=1, in_part=1, errors=1)


def test_report_groups_reasons_that_differ_in_names_only_and_lists_errors_about_models() -> None:
    text = as_markdown({"nets": RECORD, "gone": {"package": "gone==1.0", "crash": "no JSON", "stamp": "torch 0"}})
    assert "| nets==1.0 | 6 | 3 | 2 | 1 | 1 | 1 |" in text
    assert "- gone==1.0: no JSON" in text
    assert "- 2 × construct-failed: … needs the argument …, such as C (a.py:3)" in text
    assert "- nets: CL401 a.py:9 (A): 64 arrive" in text
    assert "CL905" not in text.partition("## Errors")[2]
