"""Every operator with every method: what is asked is checked, answered, or derived from what the
method supplies.
"""
