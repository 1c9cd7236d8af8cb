"""Functions that decide as they run: a branch, a while loop, an exception, an equation of motion
with a switch.

What is asked is the derivative of the path taken at the point; a method that cannot follow a path
must refuse.
"""

import numpy as np

from diffbench.interface import problem

STEP = 0.05


@problem(
    point=lambda n, rng: (1.0, 2.0, 3.0),
    sizes=(3,),
    source="course exercise",
    tags=("control-flow", "floats", "worked-example"),
)
def branch_on_sign(x, xp=np):
    """a + b if a > 0 else a + c. Hard: one input is dead on the branch taken, and its derivative
    must be 0 and not missing.
    """
    return x[0] + x[1] if x[0] > 0 else x[0] + x[2]


@branch_on_sign.manual("gradient")
def branch_on_sign_gradient(x):
    return np.array([1, 1, 0] if x[0] > 0 else [1, 0, 1], dtype=x.dtype)


@branch_on_sign.exact("gradient")
def branch_on_sign_exact(x, mp):
    return np.array([mp.mpf(v) for v in ((1, 1, 0) if x[0] > 0 else (1, 0, 1))], dtype=object)


def checked(v):
    if v < 0:
        raise ValueError(v)
    return v


@problem(
    point=lambda n, rng: rng.normal(size=n),
    sizes=(5, 20),
    source="course exercise",
    tags=("control-flow", "loop", "floats", "worked-example"),
)
def loop_with_exceptions(x, xp=np):
    """sum of log x_i, or of x_i² where a check raises. Hard: control leaves through an exception in
    the middle of an expression.
    """
    total = 0.0
    for i in range(len(x)):
        try:
            total = total + xp.log(checked(x[i]))
        except ValueError:
            total = total + x[i] ** 2
    return total


@loop_with_exceptions.manual("gradient")
def loop_with_exceptions_gradient(x):
    return np.where(x < 0, 2 * x, 1 / x)


@loop_with_exceptions.exact("gradient")
def loop_with_exceptions_exact(x, mp):
    return np.array([2 * v if v < 0 else 1 / v for v in x], dtype=object)


@problem(
    point=lambda n, rng: 10.0**n,
    sizes=(1, 4, 16),
    operator="derivative",
    source="Heron of Alexandria, Metrica",
    tags=("control-flow", "loop", "scalar", "floats"),
)
def heron_square_root(x, xp=np):
    """Heron's iteration from 1 until two iterates agree to 1e-10. Hard: the number of passes
    depends on x.
    """
    root, last = (1 + x) / 2, 1.0
    while abs(root - last) > 1e-10 * root:
        root, last = (root + x / root) / 2, root
    return root


@heron_square_root.manual("value_and_gradient")
def heron_square_root_with_derivative(x):
    x = float(x)
    root, slope, last = (1 + x) / 2, 0.5, 1.0
    while abs(root - last) > 1e-10 * root:
        root, slope, last = (root + x / root) / 2, (slope + (1 - x * slope / root) / root) / 2, root
    return root, slope


@problem(
    point=lambda n, rng: (1.0, 0.5, 4.0, 1.0, 0.1),
    data=lambda n, rng: (n,),
    sizes=(10, 200),
    source="Hairer, Nørsett, Wanner (1993), Solving Ordinary Differential Equations I, II.6",
    tags=("control-flow", "loop", "ode", "floats", "showcase"),
)
def switched_oscillator(x, steps, xp=np):
    """End of a damped spring, stiffer above 0 than below, in (y, v, stiff, soft, damping). Hard:
    the state decides at each step.
    """
    y, v, stiff, soft, damping = x[0], x[1], x[2], x[3], x[4]
    for _ in range(steps):
        stiffness = stiff if y > 0 else soft
        v = v - STEP * (stiffness * y + damping * v)
        y = y + STEP * v
    return y


@switched_oscillator.manual("value_and_gradient")
def switched_oscillator_with_gradient(x, steps):
    y, v, stiff, soft, damping = x.tolist()
    path = []
    for _ in range(steps):
        path.append((y, v))
        v -= STEP * ((stiff if y > 0 else soft) * y + damping * v)
        y += STEP * v
    return y, np.array(switched_oscillator_adjoint(path, stiff, soft, damping), dtype=x.dtype)


def switched_oscillator_adjoint(path, stiff, soft, damping):
    """Backwards along the path: adjoints of the start and of the three coefficients."""
    y_bar, v_bar, stiff_bar, soft_bar, damping_bar = 1.0, 0.0, 0.0, 0.0, 0.0
    for y, v in reversed(path):
        v_bar += STEP * y_bar
        force_bar = -STEP * v_bar
        damping_bar += force_bar * v
        v_bar += force_bar * damping
        if y > 0:
            stiff_bar += force_bar * y
            y_bar += force_bar * stiff
        else:
            soft_bar += force_bar * y
            y_bar += force_bar * soft
    return y_bar, v_bar, stiff_bar, soft_bar, damping_bar
