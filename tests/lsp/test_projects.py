"""Which settings hold for a document of a workspace with several folders."""

import sys

from convlint.lsp.projects import Projects


def test_a_file_has_the_settings_of_the_innermost_folder_that_it_lies_in(tmp_path):
    one, two = tmp_path / "one", tmp_path / "one" / "two"
    two.mkdir(parents=True)
    (one / "convlint.toml").write_text("timeout = 5\n", encoding="utf-8")
    (two / "convlint.toml").write_text("timeout = 6\n", encoding="utf-8")
    projects = Projects(python=sys.executable).with_roots([str(one), str(two)])
    assert projects.root(str(two / "sub" / "net.py")) == str(two)
    assert projects.settings(str(one / "net.py")).timeout == 5
    assert projects.settings(str(two / "net.py")).timeout == 6
    without = projects.with_roots([], [str(two)])
    assert without.root(str(two / "net.py")) == str(one)


def test_a_file_outside_of_all_folders_has_those_of_its_own_directory(tmp_path):
    (tmp_path / "convlint.toml").write_text("timeout = 7\n", encoding="utf-8")
    projects = Projects(config=("memory = 512",)).with_roots([str(tmp_path / "elsewhere")])
    settings = projects.settings(str(tmp_path / "net.py"))
    assert (settings.timeout, settings.memory, settings.force_exclude) == (7, 512, True)
    assert settings.python is not None
