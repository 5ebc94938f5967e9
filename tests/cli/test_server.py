"""Starting the server; what it answers is tested in `tests.lsp`."""

import importlib.util


def test_without_pygls_the_server_says_how_to_install_it(convlint, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = convlint("server")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == 'error: the server needs pygls: pip install "convlint[lsp]"\n'


def test_an_interpreter_that_is_not_there_is_said_before_anything_is_served(convlint):
    result = convlint("server", "--python", "nowhere/python")
    assert result.exit_code == 2
    assert "there is no such interpreter" in result.stderr
