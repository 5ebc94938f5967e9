"""Measurements of convlint on code that its authors did not write."""
