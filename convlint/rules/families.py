"""What the rules are about: the first digit of their code."""

FAMILIES = {
    "CL1": "Windows and the floor",
    "CL2": "Decoders",
    "CL3": "Joins",
    "CL4": "Layers",
    "CL5": "Geometry",
    "CL6": "Contracts",
    "CL9": "The run itself",
}
"""The beginning of a code, and what its rules are about, in the order of the codes."""
