"""Is the answer that of the function asked about? Points, values and answers are looked at."""
