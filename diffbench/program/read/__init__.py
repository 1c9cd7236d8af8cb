"""A program as something to read and to count: notation, printing, the textbook's table."""
