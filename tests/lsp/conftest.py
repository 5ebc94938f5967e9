"""One server for all tests that ask one: importing torch takes longer than they do."""

import pytest


@pytest.fixture(scope="session")
def editor(tmp_path_factory):
    """An editor that is told diagnostics: Neovim 0.7, with notebooks."""
    pytest.importorskip("pygls")
    pytest_lsp = pytest.importorskip("pytest_lsp")
    from lsprotocol import types

    from tests.lsp.client import Editor

    capabilities = pytest_lsp.client_capabilities("neovim@0.7")
    sync = types.NotebookDocumentSyncClientCapabilities()
    capabilities.notebook_document = types.NotebookDocumentClientCapabilities(sync)
    started = Editor(capabilities, tmp_path_factory.mktemp("workspace"))
    yield started
    started.leave()
