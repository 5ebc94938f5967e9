"""Running user code: the client that asks, and the worker that imports torch and answers."""
