"""What is measured of a method: one kind of measurement a file."""
