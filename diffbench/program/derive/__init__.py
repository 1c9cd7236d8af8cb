"""A program to the program of its derivative; which entries there are, and how few directions give
them.
"""
