"""From a NumPy call, operator or method on traced arrays to a primitive of the rule table."""
