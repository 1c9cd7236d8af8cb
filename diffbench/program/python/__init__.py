"""A program as Python: on numbers, on arrays, with its loops rolled up."""
