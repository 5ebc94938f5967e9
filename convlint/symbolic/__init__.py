"""Exact integer algebra on sizes: functions, sets, predicates, domains and their rendering. Knows no tensors."""
