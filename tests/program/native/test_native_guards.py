"""Native code for arrays checks every guard that the recording set, whatever was branched on: an
entry, a view, a product, a comparison.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import Unsupported


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIFFBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


DECISIONS = {
    "an entry of x": lambda x: x[0],
    "a view of x": lambda x: np.reshape(x[:1], ()),
    "an entry of a result": lambda x: (x * x)[0],
    "a view of a result": lambda x: np.reshape(x[:1] * 2, ()),
    "an entry of what is put together": lambda x: np.concatenate([x[1:], x * x])[2],
    "a product": lambda x: x @ (x - [0.0, 2.0, 3.0]),
    "a sum": lambda x: np.sum(x - [0.0, 2.0, 3.0]),
    "whether all are so": lambda x: np.all(x > [0.5, 1.5, 2.5]),
    "whether any is so": lambda x: np.any(x * [1.0, 0.0, 0.0]),
    "a comparison that nothing else reads": lambda x: x[0] > 0.5,
    "a whole number": lambda x: range(5)[int(np.floor(x[0] + 0.5))],
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=list(DECISIONS))
@pytest.mark.parametrize("operator", ["gradient", "value_and_gradient", "hessian"])
def test_a_decision_that_turns_out_otherwise_is_noticed(decide, operator):
    f = lambda x: np.sum(x**3) * x[1] if decide(x) else np.prod(np.exp(x))
    try:
        answer = Compiled(native=True).prepare(f, np.array([1.0, 2.0, 3.0]), operator)
    except Unsupported as error:
        pytest.skip(str(error))
    for x in ([0.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0.0, 2.0, 3.0]):
        found, expected = (
            answer(np.array(x)),
            getattr(db, operator)(f, np.array(x), method="reverse"),
        )
        for part, right in zip(found, expected, strict=True):
            np.testing.assert_allclose(part, right, rtol=1e-13)
