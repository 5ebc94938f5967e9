"""What the rules share: a model seen path by path, its refusals, its pairs of strides, and the words for them."""
