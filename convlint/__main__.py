"""``python -m convlint``."""

from convlint.cli import main

if __name__ == "__main__":
    main()
