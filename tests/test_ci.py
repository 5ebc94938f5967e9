"""``.ci/run`` has what tests leave themselves out without, so that there none of them is skipped for want of it."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def missed(pattern: str) -> set[str]:
    """What the tests ask for by a pattern, to be skipped where it is not there."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
    return {found for text in texts for found in re.findall(pattern, text)}


def installed() -> set[str]:
    """The packages that ``.ci/run`` installs, those of the extras that it names and of the extras in these."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = [f"convlint[{each}]" for each in re.findall(r'install .*-e "\.\[([a-z,]+)\]"', RUN)]
    wanted += re.findall(r"install .* ([a-z]+)$", RUN, re.MULTILINE)
    names: set[str] = set()
    while wanted:
        name, _, more = wanted.pop().partition("[")
        names.add(re.split(r"[>=<]", name)[0].replace("-", "_"))
        wanted += [each for extra in filter(None, more.rstrip("]").split(",")) for each in extras[extra]]
    return names


def test_packages_that_tests_are_skipped_without_are_installed():
    modules = missed(r'importorskip\("(\w+)"\)')
    assert {"pygls", "pytest_lsp", "timm", "torch", "torchvision"} <= modules
    assert modules <= installed()


def test_programs_that_tests_are_skipped_without_are_installed():
    assert missed(r'skipif\(shutil\.which\("(\w+)"\)') == {"nvim"}
    assert re.search(r"command -v nvim .*\n.*apt-get install .* neovim", RUN)


def test_pre_commit_is_run_and_not_asked_for():
    """Without it, or without git, the test of the hooks fails: it is not left out."""
    assert "pre_commit" in installed()
    text = (ROOT / "tests" / "cli" / "test_pre_commit.py").read_text(encoding="utf-8")
    assert not re.search(r"\b(skipif|importorskip|pytest\.skip)\b", text)
