"""Computer algebra systems beside SymPy, as engines of the symbolic methods: formulas go out as text, each
batch to a process of its own, and derivatives come back as text.
"""
