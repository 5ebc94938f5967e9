"""``python -m benchmarks.repository``."""

from benchmarks.repository.cli import main

main()
