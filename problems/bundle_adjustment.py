"""Bundle adjustment, ADBench's and GradBench's sparse Jacobian: where cameras see points.

Parameters, flat: n cameras of 11 (rotation vector, centre, focal length, principal point, two
distortions), m points of 3, one weight an observation. Cameras and points are distinct here (the
suites replicate one, which hides faults of indices). Rows: two reprojection errors an observation,
then 1 - w² for each.
"""

import numpy as np

from diffbench.interface import problem

CAMERA = (
    1.797201, 0.590697, -0.635786, 90.85955, 29.361415, 28.777534, 211.628116, -0.284531,
    -14.762924, 0.058931, 0.069976,
)  # fmt: skip
POINT = (4.173048, 5.586898, 1.403869)
WEIGHT = 0.417022
FEATURE = (-525.672849, 161.811929)
SHAPES = {15: (1, 1, 1), 62: (2, 10, 10), 1340: (10, 110, 900)}  # cameras, points, observations
SOURCE = "GradBench and ADBench, ba; Šrajer, Kukelova, Fitzgibbon (2018)"


def adjusted(n, rng):
    """The suites' own camera and point, each copy displaced by some hundredths."""
    cameras, points, observations = SHAPES[n]
    displaced = [
        np.tile(kind, count) * (1 + (count > 1) * 0.05 * rng.normal(size=len(kind) * count))
        for kind, count in ((CAMERA, cameras), (POINT, points), ((WEIGHT,), observations))
    ]
    return np.concatenate(displaced)


def observations(n, rng):
    """Which camera sees which point, and where in the picture."""
    cameras, points, count = SHAPES[n]
    seen = rng.permutation(cameras * points)[:count]
    features = np.array(FEATURE) * (1 + (count > 1) * 0.05 * rng.normal(size=(count, 2)))
    return seen % cameras, seen // cameras, features, cameras, points


@problem(
    operator="jacobian",
    point=adjusted,
    data=observations,
    sizes=tuple(SHAPES),
    source=SOURCE,
    tags=("vector", "structure", "sparse", "gradbench", "paper"),
)
def bundle_adjustment(x, camera, point, features, cameras, points, xp=np):
    """A block of 31 entries an observation, two of which are 0 (each row reads one coordinate of the
    principal point). Hard: rotations by an angle from a norm, and a Jacobian that only colouring
    makes cheap.
    """
    cuts = (11 * cameras, 11 * cameras + 3 * points)
    seen_by = xp.reshape(x[: cuts[0]], (-1, 11))[camera]
    seen = xp.reshape(x[cuts[0] : cuts[1]], (-1, 3))[point]
    weight = x[cuts[1] :]
    rotated = turned_rows(seen_by[:, :3], seen - seen_by[:, 3:6], xp)
    flat = rotated[:, :2] / rotated[:, 2:]
    squared = xp.sum(flat**2, axis=1, keepdims=True)
    bent = flat * (1 + seen_by[:, 9:10] * squared + seen_by[:, 10:] * squared**2)
    shown = seen_by[:, 6:7] * bent + seen_by[:, 7:9]
    miss = weight[:, None] * (shown - features)
    return xp.concatenate([xp.ravel(miss), 1 - weight**2])


def turned_rows(r, p, xp):
    """Rows of p turned by the rotation vectors in the rows of r, none of them 0 (Rodrigues)."""
    angle = xp.sqrt(xp.sum(r**2, axis=1, keepdims=True))
    axis = r / angle
    along = axis * xp.sum(axis * p, axis=1, keepdims=True)
    cos, sin = xp.cos(angle), xp.sin(angle)
    return p * cos + cross_rows(axis, p, xp) * sin + along * (1 - cos)


def cross_rows(a, b, xp):
    x, y, z = (a[:, k] for k in range(3))
    u, v, w = (b[:, k] for k in range(3))
    return xp.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=1)
