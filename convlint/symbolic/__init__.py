"""Exact integer algebra on sizes: functions, sets, predicates, domains and their rendering. Knows no tensors."""

from convlint.symbolic import operators as operators  # binds the operators of sizes
