"""``python -m benchmarks.editor``."""

from benchmarks.editor.cli import main

main()
