"""Are error bars true? Functions with known derivatives, and every method that claims an error on
them.
"""
