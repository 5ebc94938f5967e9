"""The language server: what the engine finds out, told to an editor.

Nothing else imports pygls or lsprotocol, which the extra ``lsp`` installs.
"""
