"""The differential fuzzer: programs drawn from the whole rule table, judged by plain NumPy."""
