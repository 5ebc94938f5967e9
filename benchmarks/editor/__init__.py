"""How long an editor waits: from an edit to its diagnostics, against one plain meta forward; and the memory while idle.

``python -m benchmarks.editor`` starts the server, types into a U-Net and into a file that imports timm, and prints a
table.
"""
