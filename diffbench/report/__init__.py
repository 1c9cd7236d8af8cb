"""Results -> charts and one page. Reads results only; never measures."""
