"""``--cache-dir``, ``--no-cache`` and ``convlint clean``: exit code and output together."""

import time
from pathlib import Path

import pytest

from convlint.trace.client import Client

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"


@pytest.fixture(autouse=True)
def with_cache(models, monkeypatch):
    monkeypatch.delenv("CONVLINT_NO_CACHE", raising=False)
    monkeypatch.delenv("CONVLINT_CACHE_DIR", raising=False)
    time.sleep(0.05)  # what is touched while a run begins is not kept


def test_the_cache_lies_in_the_root_of_the_project_and_out_of_git(models, convlint, monkeypatch):
    Path("pyproject.toml").touch()
    Path("inner").mkdir()
    monkeypatch.chdir("inner")
    assert convlint("check", "../net.py:Plain", "--input", "N 3 H W").exit_code == 0
    cache = models.parent / ".convlint_cache"
    assert (cache / "CACHEDIR.TAG").read_text().startswith(TAG)
    assert (cache / ".gitignore").read_text() == "*\n"
    assert not Path(".convlint_cache").exists()


@pytest.mark.parametrize("how", ["option", "environment", "settings"])
def test_its_directory_can_be_chosen(how, models, convlint, monkeypatch):
    more = ()
    if how == "option":
        more = ("--cache-dir", "kept")
    elif how == "environment":
        monkeypatch.setenv("CONVLINT_CACHE_DIR", "kept")
    else:
        Path("convlint.toml").write_text('cache-dir = "kept"\n')
    assert convlint("check", "net.py:Plain", "--input", "N 3 H W", *more).exit_code == 0
    assert Path("kept/CACHEDIR.TAG").exists()
    assert not Path(".convlint_cache").exists()
    result = convlint("clean", *more)
    assert (result.exit_code, result.stdout) == (0, f"Removed {models.parent / 'kept'}.\n")
    assert not Path("kept").exists()


def test_no_cache_keeps_nothing(models, convlint):
    assert convlint("check", "net.py:Plain", "--input", "N 3 H W", "--no-cache").exit_code == 0
    assert not Path(".convlint_cache").exists()


def test_a_cache_that_cannot_be_used_is_a_line_of_verbose(models, convlint):
    Path("kept").write_text("a file")
    arguments = ("check", "net.py:Plain", "--input", "N 3 H W", "--cache-dir", "kept")
    result = convlint(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "1 model: 1 checked. No findings.\n", "")
    assert f"note: the cache in {models.parent / 'kept'} is not used: " in convlint(*arguments, "-v").stdout


def test_clean_says_so_where_there_is_nothing(models, convlint):
    result = convlint("clean")
    assert (result.exit_code, result.stdout) == (0, f"There is no cache at {models.parent / '.convlint_cache'}.\n")


@pytest.mark.parametrize("tag", [None, TAG, "something else"])
def test_clean_leaves_what_convlint_did_not_make(tag, models, convlint):
    Path("data").mkdir()
    Path("data/precious").touch()
    if tag is not None:
        Path("data/CACHEDIR.TAG").write_text(tag)
    result = convlint("clean", "--cache-dir", "data")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: this is no cache of convlint's, and is left as it is\n")
    assert Path("data/precious").exists()


def test_clean_follows_no_link(models, convlint):
    assert convlint("check", "net.py:Plain", "--input", "N 3 H W", "--cache-dir", "kept").exit_code == 0
    Path("link").symlink_to("kept")
    result = convlint("clean", "--cache-dir", "link")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: this is no cache of convlint's, and is left as it is\n")
    assert Path("kept/CACHEDIR.TAG").exists()


@pytest.fixture
def traced(monkeypatch):
    """The models that were traced, by name."""
    names = []
    real = Client.traced

    def noting(self, request):
        names.append(request.name)
        return real(self, request)

    monkeypatch.setattr(Client, "traced", noting)
    return names


MODEL = ("net.py:UNet", "--input", "N 3 H W")
ASKING = [
    ("check", *MODEL),
    ("shapes", *MODEL),
    ("contract", *MODEL),
    ("contract", *MODEL, "--at", "H=32", "--at", "W=33"),
    ("contract", *MODEL, "--list", "H=1:8"),
    ("contract", "--write", *MODEL),
]


@pytest.mark.parametrize("first", ASKING[:3], ids=" ".join)
@pytest.mark.parametrize("second", ASKING, ids=" ".join)
def test_what_one_command_traced_another_knows(first, second, models, convlint, traced):
    convlint(*first)
    assert traced == ["UNet"]
    known = convlint(*second)
    assert traced == ["UNet"]
    Path("convlint.lock").unlink(missing_ok=True)
    anew = convlint(*second, "--no-cache")
    assert traced == ["UNet", "UNet"]
    assert (known.exit_code, known.output) == (anew.exit_code, anew.output)


@pytest.mark.parametrize("command", ["shapes", "contract"])
def test_an_edit_is_seen_by_every_command(command, models, convlint, traced):
    convlint("check", *MODEL)
    models.write_text(models.read_text().replace("MaxPool2d(2)", "MaxPool2d(4)").replace("factor=2", "factor=4"))
    time.sleep(0.05)
    result = convlint(command, *MODEL)
    assert traced == ["UNet", "UNet"]
    assert "H % 4 = 0" in result.stdout if command == "contract" else "⌊H/4⌋" in result.stdout


@pytest.mark.parametrize("command", ["shapes", "contract"])
def test_a_failure_is_known_to_every_command(command, models, convlint, traced):
    models.write_text(models.read_text().replace("super().__init__()", "raise ValueError('never')", 1))
    time.sleep(0.05)
    first, second = (convlint(command, *MODEL) for _ in range(2))
    assert traced == ["UNet"]
    assert first.exit_code == 2
    assert "never" in first.stderr
    assert (second.exit_code, second.output) == (first.exit_code, first.output)
