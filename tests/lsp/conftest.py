"""One server for all tests that ask one: importing torch takes longer than they do."""

import pytest


@pytest.fixture(scope="session")
def editor(tmp_path_factory):
    """An editor that is told diagnostics: Neovim 0.7."""
    pytest.importorskip("pygls")
    pytest_lsp = pytest.importorskip("pytest_lsp")
    from tests.lsp.client import Editor

    started = Editor(pytest_lsp.client_capabilities("neovim@0.7"), tmp_path_factory.mktemp("workspace"))
    yield started
    started.leave()
