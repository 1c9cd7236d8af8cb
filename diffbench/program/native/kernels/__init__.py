"""Programs on arrays as few loops: which operations share one, where their arrays lie, and its C."""
