"""A run: cells dealt out to isolated workers, on this machine or on a cluster."""
