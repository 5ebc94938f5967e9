"""How long a whole repository takes: cold, with nothing changed, and after an edit; 200 files, 60 models.

``python -m benchmarks.repository`` writes the repository, measures, and prints a table.
"""
