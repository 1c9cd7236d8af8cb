"""The environment block: complete, JSON, and enough to tell machines apart."""

import json

import numpy as np

from diffbench.measure.cost.calls import Counted, calls_during
from diffbench.measure.environment import environment, kernel_seconds, load_warnings, same_machine


def test_the_block_is_json_and_names_what_can_change_a_number():
    block = json.loads(json.dumps(environment(seed=7)))
    assert block["seed"] == 7 and block["packages"]["numpy"] == np.__version__
    assert (
        block["cpu"]
        and block["blas"]["name"]
        and block["usable_cores"]
        and block["python"].startswith("3.")
    )


def test_a_machine_is_the_same_as_itself_and_not_as_one_with_another_processor():
    here = environment()
    assert same_machine(here, environment(seed=1))
    assert not same_machine(here, here | {"cpu": "abacus"})


def test_a_loaded_machine_is_warned_of_with_a_cure():
    assert load_warnings(0.1, 2) == []
    [warning] = load_warnings(3.0, 2)
    assert "load 3 on 2 cores" in warning and "stop them" in warning


def test_the_kernel_takes_time():
    assert kernel_seconds() > 0


def test_counted_calls_are_counted_and_everything_else_shines_through():
    def f(x, xp=np):
        "What f does."
        return x * 2

    f.point = 3.0
    counted = Counted(f)
    assert calls_during(counted, lambda: [counted(1.0) for _ in range(5)]) == 5
    assert counted.point == 3.0 and counted.__doc__ == "What f does." and counted.__wrapped__ is f
