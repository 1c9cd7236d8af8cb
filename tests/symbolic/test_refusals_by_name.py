"""Refusals of the symbolic methods name the function that the user wrote, not the row it is made of."""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import Unsupported

WHOLE = {
    "eigh": lambda a: np.linalg.eigh(a)[0],
    "eigvalsh": np.linalg.eigvalsh,
    "svd": lambda a: np.linalg.svd(a)[1],
    "svdvals": np.linalg.svdvals,
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_symbols_cannot_see_into_has_its_own_name(name):
    f = lambda x: np.sum(WHOLE[name](np.reshape(x, (2, 2)) + np.eye(2)))
    with pytest.raises(Unsupported, match=rf"numpy\.linalg\.{name} "):
        db.gradient(f, np.array([1.0, 0.3, 0.2, 2.0]), method="symbolic")
