"""The zoo: every torchvision and timm architecture that PyTorch runs on meta tensors, against plain PyTorch.

``survey`` finds which models those are, ``truth`` runs them at every square size, ``run`` traces them and compares,
``report`` prints the tables.  Each step keeps one JSON record a model, so it can be stopped and resumed; plain runs
are kept, and outlive changes of convlint.
"""
