"""The numbers that a recorded function can be run in: ball series, mpmath floats, and linear
algebra over either.
"""
