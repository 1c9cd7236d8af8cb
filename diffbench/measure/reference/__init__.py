"""The true derivative, to more digits than any method can have, from rules that no method
shares.
"""
