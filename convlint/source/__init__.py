"""The user's source text: reading it in its own encoding, and ranges in it."""
