"""Sums with fewer roundings and calls: of multiples, and of outer products."""
