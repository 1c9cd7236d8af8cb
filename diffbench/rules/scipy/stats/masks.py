"""Formulas for parts of an array: the parts are told apart on plain numbers, and each formula is
given its own part alone, so that no slope is taken where a formula does not hold.
"""

# fmt: off
import numpy as np
from scipy.stats._continuous_distns import xpx

from diffbench.rules.entries.indexing import getitem
from diffbench.rules.interception import caught
from diffbench.rules.table import composite, settled


def by_mask(mask, operands, formula, otherwise):
    """formula(*operands) where the mask holds and otherwise(*operands) elsewhere."""
    mask = np.asarray(mask, bool)
    if mask.all():
        return formula(*operands)
    if not mask.any():
        return otherwise(*operands)
    return np.where(mask, part(mask, operands, formula), part(~mask, operands, otherwise))


def part(mask, operands, formula):
    """What formula gives for the entries where the mask holds, in their places."""
    chosen = [getitem(np.broadcast_to(x, mask.shape), (mask,)) for x in operands]
    values = np.broadcast_to(formula(*chosen), (int(np.count_nonzero(mask)),))
    return getitem(values, (np.maximum(np.cumsum(mask).reshape(mask.shape) - 1, 0),))


def apply_where(cond, args, f1, f2=None, /, *, fill_value=None, xp=None):
    operands = args if isinstance(args, (tuple, list)) else (args,)
    mask = np.broadcast_to(settled(cond), np.broadcast_shapes(np.shape(cond), *map(np.shape, operands)))
    filled = lambda *chosen: fill_value + np.zeros(np.shape(chosen[0]))
    return by_mask(mask, operands, f1, f2 or filled)


# the way in which SciPy's own code applies a formula to a part of its points
composite(caught(xpx.apply_where), apply_where)
