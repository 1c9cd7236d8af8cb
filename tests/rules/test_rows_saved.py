"""Every row of the rule table is saved as JSON and read back: the same program, whose gradient is
the function's.
"""

import json

import numpy as np
import pytest

import diffbench as db
from diffbench.bench.conform.samples import SAMPLES


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_program_that_is_saved_and_read_is_the_same(sample):
    program = db.record(sample.function, sample.x)
    text = program.to_json()
    again = db.Program.from_json(text)
    assert again.to_json() == text and str(again) == str(program)
    np.testing.assert_array_equal(again(sample.x), program(sample.x))
    total = lambda f: lambda x: np.sum(np.real(f(x)))
    np.testing.assert_allclose(
        db.gradient(total(again), sample.x),
        db.gradient(total(sample.function), sample.x),
        rtol=1e-12,  # a simplification that f made for itself at its own values
        atol=1e-14,
    )


def test_the_text_is_data_that_any_reader_of_json_understands():
    text = db.record(lambda x: np.where(x > np.inf, np.nan, x[::-1]) ** 2, np.ones(3)).to_json()
    read = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert read["format"] == 1
