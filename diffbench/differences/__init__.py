"""Finite differences: stencils, bounds, step rules, safe evaluation; `adaptive/` chooses its step
and knows its error.
"""
