"""Ancestors, descendants and forks of a path."""

from convlint.graph.flow import Flow


def test_closures(skip_model):
    flow = Flow(skip_model.paths[0])
    x, pool, up, cat, output = flow.nodes
    assert flow.members(flow.ancestors(up)) == (x, pool, up)
    assert flow.members(flow.descendants(pool)) == (pool, up, cat, output)
    assert flow.users(x) == (pool, cat)
    assert flow.inputs(cat) == (x, up)
    assert flow.between(pool, cat) == (pool, up, cat)


def test_fork_is_the_last_common_node(skip_model):
    flow = Flow(skip_model.paths[0])
    x, pool, up, cat, _ = flow.nodes
    assert flow.fork(x, up) is x
    assert flow.fork(up, cat) is up
    assert flow.fork(pool, up) is pool


def test_inputs_that_were_not_recorded_are_left_out(skip_model):
    from dataclasses import replace

    path = skip_model.paths[0]
    lonely = replace(path.nodes[1], inputs=("gone",))
    flow = Flow(replace(path, nodes=(lonely,)))
    assert flow.inputs(lonely) == ()
    assert flow.is_constant(lonely)
