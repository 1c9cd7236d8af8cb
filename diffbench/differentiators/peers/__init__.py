"""Other packages as methods: one small file each, imported when first asked for, absent without
harm.
"""

from diffbench.differentiators.peers import autograd as autograd
from diffbench.differentiators.peers import casadi as casadi
from diffbench.differentiators.peers import jacobi as jacobi
from diffbench.differentiators.peers import jax as jax
from diffbench.differentiators.peers import numdifftools as numdifftools
from diffbench.differentiators.peers import pytensor as pytensor
from diffbench.differentiators.peers import scipy as scipy
from diffbench.differentiators.peers import torch as torch
