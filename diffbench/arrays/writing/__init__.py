"""Writing into traced arrays as NumPy does: through views, seen by every alias."""
