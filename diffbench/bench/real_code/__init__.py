"""How much of what other people wrote is differentiated as it is."""
