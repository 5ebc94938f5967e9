"""Reports as text and as JSON: pure functions from data to str, one form a file."""
