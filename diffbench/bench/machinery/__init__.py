"""What diffbench's own parts cost and buy: passes of the optimiser, and functions exchanged in NumPy."""
