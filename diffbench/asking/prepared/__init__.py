"""Prepared answers: made once, called often, never stale."""
