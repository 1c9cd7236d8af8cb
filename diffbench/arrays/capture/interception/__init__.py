"""Code that leaves NumPy's protocols: np.asarray(x), math.sin(x), SciPy's plain functions, buffers.

losses.py        a traced value is about to become a plain number: who was on the stack
escalation.py    f is run as it is; where a trace would be lost it is run again with more exchanged
plans.py         what is exchanged for a function, and what to try next
exchange.py      putting things in their places for as long as somebody needs them there
modules.py       the names of a module: np, asarray, math, float
functions.py     the code of plain functions that rules stand for
conversions.py   what np.asarray and its kin do with traced arrays
python_numbers.py    math, float and complex
"""
