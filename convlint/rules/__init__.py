"""The rules: one a file, found by `convlint.rules.registry`, which scans this package for modules with a ``RULE``."""
