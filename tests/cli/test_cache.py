"""``--cache-dir``, ``--no-cache`` and ``convlint clean``: exit code and output together."""

import errno
import os
import subprocess
import sys
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


WHOLE = ("check", "net.py:UNet", "--input", "N 3 H W", "--where", "H >= 2")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES], ids=errno.errorcode.get)
def test_a_cache_that_cannot_be_written_is_read_and_costs_only_time(code, models, convlint, traced, monkeypatch):
    first = convlint(*WHOLE)

    def refuse(path, data):
        raise OSError(code, os.strerror(code), path)

    for module in ("convlint.cache.entries", "convlint.cache.place"):
        monkeypatch.setattr(f"{module}.write_whole", refuse)
    known = convlint(*WHOLE, "-v")
    assert traced == ["UNet"]
    models.write_text(f"{models.read_text()}\n")
    time.sleep(0.05)
    anew = convlint(*WHOLE)
    assert traced == ["UNet", "UNet"]
    assert (anew.exit_code, anew.output) == (first.exit_code, first.output)
    assert known.exit_code == first.exit_code == 1
    assert f"is not used: {os.strerror(code).lower()}" in convlint(*WHOLE, "-v").stdout


def test_a_cache_of_another_format_is_ignored_and_replaced(models, convlint, traced, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr("convlint.cache.entries.FORMAT", 0)
        first = convlint(*WHOLE)
    anew = convlint(*WHOLE)
    assert traced == ["UNet", "UNet"]
    assert (anew.exit_code, anew.output) == (first.exit_code, first.output)
    convlint(*WHOLE)
    assert traced == ["UNet", "UNet"]


@pytest.mark.parametrize("damage", [b"", b"\xff", b"convlint 1 2 00000000\n{}"])
def test_damaged_entries_of_every_kind_are_ignored_and_replaced(damage, models, convlint, traced):
    first = convlint(*WHOLE)
    entries = [*Path(".convlint_cache").glob("*/*.json")]
    assert {each.parent.name for each in entries} >= {"models", "runs", "traces"}
    for each in entries:
        each.write_bytes(damage)
    anew = convlint(*WHOLE)
    assert traced == ["UNet", "UNet"]
    assert (anew.exit_code, anew.stdout) == (first.exit_code, first.stdout)
    convlint(*WHOLE)
    assert traced == ["UNet", "UNet"]


def test_processes_at_once_on_one_cache_say_the_same(models):
    command = [sys.executable, "-m", "convlint", *WHOLE]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def start():
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    both = [start(), start()]
    results = [(*each.communicate(), each.returncode) for each in both]
    last = start()
    results.append((*last.communicate(), last.returncode))
    assert results[0] == results[1] == results[2]
    assert "skip-size-mismatch" in results[0][0]
    assert results[0][1:] == ("", 1)
