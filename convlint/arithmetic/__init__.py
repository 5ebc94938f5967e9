"""The relationships between the sizes and sampling grids of convolution, pooling and resampling layers.

One spatial axis at a time.  Sizes are ints or `Dim`s alike; nothing here knows tensors or torch.  The relationship
numbers (R1-R15) are those of Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*
(arXiv:1603.07285).
"""
