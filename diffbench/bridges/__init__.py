"""Derivatives in the form in which other packages ask for them.

linear.py             a Jacobian or Hessian as a scipy.sparse.linalg.LinearOperator, without a matrix
sympy_expression.py   a derivative as expressions of SymPy
torch_function.py     a plain NumPy function inside a PyTorch program, differentiated here
jax_function.py       the same inside a JAX program
"""
