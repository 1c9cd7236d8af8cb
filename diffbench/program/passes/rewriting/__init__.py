"""Equations rewritten one at a time, while equal ones are shared."""
