"""Which interpreter runs the models; decided by looking, not by running."""

import sys

from convlint import interpreter
from convlint.interpreter import project_python


def environment(path, *, torch):
    """A directory that looks like a virtual environment."""
    library = path / "lib" / "python3.11" / "site-packages"
    library.mkdir(parents=True)
    (path / "bin").mkdir()
    (path / "bin" / "python").touch()
    if torch:
        (library / "torch").mkdir()
    return str(path / "bin" / "python")


def without_own_torch(monkeypatch):
    monkeypatch.setattr(interpreter, "find_spec", lambda name: None)


def test_the_active_environment_comes_first(tmp_path):
    active = environment(tmp_path / "active", torch=True)
    assert project_python(tmp_path, {"VIRTUAL_ENV": str(tmp_path / "active")}) == active


def test_an_active_environment_without_torch_is_passed_over(tmp_path):
    environment(tmp_path / "active", torch=False)
    assert project_python(tmp_path, {"VIRTUAL_ENV": str(tmp_path / "active")}) == sys.executable


def test_convlints_own_interpreter_where_it_has_torch(tmp_path):
    environment(tmp_path / ".venv", torch=True)
    assert project_python(tmp_path, {}) == sys.executable


def test_the_projects_environment_where_convlint_is_installed_apart(tmp_path, monkeypatch):
    without_own_torch(monkeypatch)
    project = environment(tmp_path / ".venv", torch=True)
    below = tmp_path / "src" / "models"
    below.mkdir(parents=True)
    assert project_python(below, {}) == project


def test_its_own_where_nothing_has_torch(tmp_path, monkeypatch):
    without_own_torch(monkeypatch)
    assert project_python(tmp_path, {}) == sys.executable
