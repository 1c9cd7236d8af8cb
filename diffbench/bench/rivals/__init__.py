"""The compiled method against the best of other packages."""
