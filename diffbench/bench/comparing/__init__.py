"""One function, every method: where it is measured, and the answer in words."""
