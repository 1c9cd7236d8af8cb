"""What an answer costs: time, memory, operations, calls of f."""
