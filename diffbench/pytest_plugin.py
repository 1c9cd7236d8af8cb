"""pytest's door to `diffbench.testing`: loaded in every pytest run where diffbench is installed, so
that it imports nothing before a test asks for it.
"""

from collections.abc import Callable

import pytest


@pytest.fixture
def assert_gradient() -> Callable[..., None]:
    """The function `diffbench.testing.assert_gradient`."""
    from diffbench.testing import assert_gradient

    return assert_gradient
