"""Below the method `compiled`: by which code a program answers, and by how many directions a matrix
is computed.
"""
