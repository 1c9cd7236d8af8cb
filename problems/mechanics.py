"""Things that move and bend: robot arms, an orbit, a rotation, heat in a plate."""

from math import isqrt

import numpy as np
from diffbench.problems.counted_numbers import v

from diffbench.interface import problem

LINKS = (3, 2, 1)
OFFSETS = (0.34, 0, 0.4, 0, 0.4, 0, 0.126)
TWISTS = (-1, 1, 1, -1, -1, 1, 0)  # quarter turns


@problem(
    operator="jacobian",
    point=lambda n, rng: np.array([0.3, -0.5, 1.2]),
    sizes=(3,),
    source="Denavit, Hartenberg (1955), doi:10.1115/1.4011045",
    tags=("science", "worked-example", "extended"),
)
def planar_arm(x, xp=np):
    """Tip of three links whose angles add up: (x, y). The first derivatives are the lever arms."""
    angle = xp.cumsum(x)
    links = xp.asarray(LINKS, dtype=x.dtype)
    return xp.stack([links @ xp.cos(angle), links @ xp.sin(angle)])


@planar_arm.manual("jacobian")
def planar_arm_jacobian(x):
    angle = np.cumsum(x)
    levers = np.array(LINKS) * np.stack([-np.sin(angle), np.cos(angle)])
    return np.cumsum(levers[:, ::-1], axis=1)[:, ::-1].astype(x.dtype)


@problem(
    operator="jacobian",
    point=lambda n, rng: np.arange(1, n + 1) / 5,
    sizes=(7,),
    source="Denavit, Hartenberg (1955), doi:10.1115/1.4011045",
    tags=("science", "loop", "structure", "extended"),
)
def seven_joint_arm(x, xp=np):
    """Position of the tool: a product of seven turns. Hard: structural zeros, since the position
    ignores the last joint.
    """
    place = xp.zeros(3, dtype=x.dtype)
    for k in reversed(range(len(x))):
        s, c = TWISTS[k], 1 - abs(TWISTS[k])
        y, z = c * place[1] - s * place[2], s * place[1] + c * place[2]
        cos, sin = xp.cos(x[k]), xp.sin(x[k])
        place = xp.stack([cos * place[0] - sin * y, sin * place[0] + cos * y, z + OFFSETS[k]])
    return place


@problem(
    point=lambda n, rng: np.array([0.5, 0.7]),
    sizes=(2,),
    source="Kepler (1609); Newton's iteration",
    tags=("science", "control-flow", "loop", "extended"),
)
def kepler(x, xp=np):
    """Eccentric anomaly of mean anomaly and eccentricity by Newton's iteration. Hard: the tangent
    converges one step after the value.
    """
    mean, eccentricity = x[0], x[1]
    anomaly = mean + eccentricity
    while True:
        miss = anomaly - eccentricity * xp.sin(anomaly) - mean
        step = miss / (1 - eccentricity * xp.cos(anomaly))
        anomaly = anomaly - step
        if abs(step) <= 1e-14:
            return anomaly


@kepler.manual("gradient")
def kepler_gradient(x):
    anomaly = kepler(x)
    slope = 1 / (1 - x[1] * np.cos(anomaly))
    return np.array([slope, np.sin(anomaly) * slope], dtype=x.dtype)


@problem(
    operator="jacobian",
    point=lambda n, rng: np.array([0.3, -0.2, 0.5]),
    sizes=(3,),
    source="Rodrigues (1840)",
    tags=("science", "control-flow", "extended"),
)
def rotation_vector(x, xp=np):
    """(1, 2, 3) turned by |x| about x. Hard: sqrt at 0, and 1 - cos cancels near it."""
    return turned(x, xp.asarray([1, 2, 3], dtype=x.dtype), xp)


def cross(a, b, xp):
    return xp.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def turned(r, p, xp):
    """p turned by the rotation vector r: sin t/t and (1 - cos t)/t² by series for small t, so that
    r = 0 is a point like any other.
    """
    squared = r @ r
    if squared < 1e-6:
        first = 1 - squared / 6 + squared**2 / 120
        second = 0.5 - squared / 24 + squared**2 / 720
    else:
        angle = xp.sqrt(squared)
        first, second = xp.sin(angle) / angle, 2 * (xp.sin(angle / 2) / angle) ** 2
    across = cross(r, p, xp)
    return p + first * across + second * cross(r, across, xp)


def plate(n, rng):
    """The temperature to reach at the inner nodes, and how many steps there are."""
    side = isqrt(n)
    t = np.arange(1, side + 1) / (side + 1)
    return np.outer(t * (1 - t), t * (1 - t)), 30


@problem(
    point=lambda n, rng: 1 + v(np.arange(n)),
    data=plate,
    sizes=(36, 1024),
    source="Tarantola (2005), Inverse Problem Theory",
    tags=("science", "ode", "loop", "matrix", "extended"),
)
def heated_plate(x, wanted, steps, xp=np):
    """Misfit after explicit steps of the heat equation, in the source at every node. Hard: every
    step's state is kept, and there are as many inputs as nodes.
    """
    side = wanted.shape[0]
    h2 = 1 / (side + 1) ** 2
    heat = h2 * xp.reshape(x, (side, side)) / 5
    row, column, u = (
        xp.zeros(shape, dtype=x.dtype) for shape in ((1, side), (side, 1), (side, side))
    )
    for _ in range(steps):
        vertical = xp.concatenate([u[1:], row]) + xp.concatenate([row, u[:-1]])
        sideways = xp.concatenate([u[:, 1:], column], axis=1)
        sideways = sideways + xp.concatenate([column, u[:, :-1]], axis=1)
        u = u + (vertical + sideways - 4 * u) / 5 + heat
    return h2 / 2 * xp.sum((u - wanted) ** 2)
