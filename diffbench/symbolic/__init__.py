"""Expression graphs and SymPy: the derivation behind the symbolic methods, within budgets of time
and memory.
"""
