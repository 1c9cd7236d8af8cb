"""Expression swell: forms of a derivative, families of functions that grow, what each form
costs.
"""
