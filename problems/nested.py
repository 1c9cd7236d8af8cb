"""Derivatives inside a function that is differentiated: a charged particle steered to a target, a
minimum of maxima. GradBench's particle and saddle.

The inner derivative is written out here, so that any method can be the outer one; tests put every
pair of modes in both places.
"""

import numpy as np

from diffbench.interface import problem

CHARGE_X, FAR_Y = 10.0, 10.0
TIME_STEP, MOST_STEPS = 0.1, 1000


def push(z, height, xp):
    """Minus the gradient of 1/|z - (10, 10 - height)| + 1/|z - (10, 0)|."""
    force = 0.0
    for charge in (FAR_Y - height, 0.0):
        across, up = z[0] - CHARGE_X, z[1] - charge
        cubed = (across * across + up * up) ** 1.5
        force = force + xp.stack([across / cubed, up / cubed])
    return force


def fall(height, accelerate, xp):
    """Squared x at which the particle passes y = 0, pushed by accelerate(z); NaN if it never
    does, as far out as a difference may look.
    """
    z, velocity = (xp.asarray(pair, dtype=height.dtype) for pair in ([0.0, 8.0], [0.75, 0.0]))
    for _ in range(MOST_STEPS):
        force = accelerate(z)
        z = z + TIME_STEP * velocity
        if z[1] <= 0:
            landed = z - z[1] / velocity[1] * velocity
            return landed[0] ** 2
        velocity = velocity + TIME_STEP * force
    return xp.nan


@problem(
    operator="derivative",
    point=lambda n, rng: 0.0,
    sizes=(1,),
    source="GradBench, particle; Siskind, Pearlmutter (2008), doi:10.1007/s10990-008-9037-1",
    tags=("gradbench", "nested", "scalar", "loop", "control-flow", "extended"),
)
def particle(height, xp=np):
    """Where a particle between two charges lands, squared, in the place of one of them. Hard: the
    force is a gradient, and how many steps it takes depends on the place.
    """
    return fall(height, lambda z: push(z, height, xp), xp)


@problem(
    point=lambda n, rng: np.ones(n),
    sizes=(2,),
    source="GradBench, saddle; Siskind, Pearlmutter (2008), doi:10.1007/s10990-008-9037-1",
    tags=("gradbench", "nested", "loop", "control-flow", "extended"),
)
def saddle(x, xp=np):
    """max over y of |x|² - |y|², the maximum by gradient ascent from (1, 1). Hard: an optimisation
    inside the function, thousands of steps that decide by their values.
    """
    y = ascended(x.dtype, xp)
    return x @ x - xp.sum(y * y)


def ascended(dtype, xp):
    """The suites' descent on |y|²: a step that doubles after ten successes and halves after a
    failure.
    """
    return descended(lambda y: xp.sum(y * y), lambda y: 2 * y, xp.ones(2, dtype=dtype))


def descended(f, gradient, x):
    """The argument at which the suites' gradient descent stops."""
    value, slope, step, successes = f(x), gradient(x), 1e-5, 0
    while length(slope) > 1e-5:
        if successes == 10:
            step, successes = 2 * step, 0
            continue
        there = x - step * slope
        if length(x - there) <= 1e-5:
            return x
        if f(there) < value:
            x, value, slope, successes = there, f(there), gradient(there), successes + 1
        else:
            step, successes = step / 2, 0
    return x


def length(z):
    return ((z * z).sum()) ** 0.5


@saddle.manual("gradient")
def saddle_gradient(x):
    """The maximum is taken at one y for all x."""
    return 2 * x
