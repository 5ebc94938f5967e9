"""What earlier runs found out, kept on disk and used again as long as nothing that it depends on has changed.

`results` keeps what each model gave, `runs` whole reports.  Both are JSON, and both name what they depend on: whatever
cannot be read, was written by another convlint, or may be outdated is no entry at all.
"""
