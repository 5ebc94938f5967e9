"""From what rules would change to edits of source files: written with libcst, tried by tracing, applied atomically."""
