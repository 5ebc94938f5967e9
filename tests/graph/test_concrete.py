"""A path at one choice of sizes."""

from convlint.graph.concrete import at


def test_sizes_become_numbers(skip_model):
    path = at(skip_model.paths[0], {"N": 1, "H": 6, "W": 4})
    assert path.node("pool").shape == (1, 3, 3, 2)
    assert path.outputs[0].shape == (1, 6, 6, 4)
    assert path.domain.contains({"N": 1, "H": 6, "W": 4})
    assert not path.domain.contains({"N": 1, "H": 8, "W": 4})


def test_parameters_become_numbers(skip_model):
    path = skip_model.paths[0]
    up = path.node("up")
    assert at(path, {"N": 1, "H": 6, "W": 4}).node("up").parameters == up.parameters
