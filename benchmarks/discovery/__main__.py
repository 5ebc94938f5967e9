"""``python -m benchmarks.discovery``."""

from benchmarks.discovery.cli import main

main()
