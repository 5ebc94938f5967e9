"""Numbers of things, in words."""


def counted(count: int, word: str) -> str:
    """``1 model``, ``2 models``, ``2 info``."""
    return f"{count} {word}" if count == 1 or word == "info" else f"{count} {word}s"
