"""scipy.spatial.transform.Rotation and Slerp: quaternions, scalar last, in rows.

What is caught are the compiled functions that Rotation works with since SciPy 1.17; before, it is
compiled as a whole and refused. Near the identity the quotients sin(a/2)/a and their kin are series,
whose derivatives of every order are right there. Refused: Euler angles at gimbal lock, where they have
no derivative.
"""

# fmt: off
from typing import Any

import numpy as np

from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.interception import caught_in
from diffbench.rules.table import composite, settled

try:
    from scipy.spatial.transform import _rotation_cy as compiled
except ImportError:
    compiled = None

SMALL = 1e-3  # radians: there series of three terms are right to rounding
NEWTON = 3  # steps that carry derivatives, from a matrix that is orthogonal already


def unit(q):
    return q / np.sqrt(np.sum(q**2, axis=-1, keepdims=True))


def split(q):
    return q[..., :3], q[..., 3:]


def in_radians(angles, degrees):
    return angles * (np.pi / 180) if degrees else angles * 1.0


def in_asked(angles, degrees):
    return angles * (180 / np.pi) if degrees else angles


def rows(x):
    return x if np.ndim(x) == 2 else np.reshape(x, (-1, np.shape(x)[-1]))


def by_size(square, near, far):
    """near(square) where it is small, else far(square): each of its own entries alone."""
    small = settled(square < SMALL**2)
    return np.where(small, near(np.where(small, square, 0.0)), far(np.where(small, 1.0, square)))


def one_or_all(q, single):
    return q[0] if single else q


# ---------------------------------------------------------------- to quaternions
def from_quat(quat, normalize=True, copy=True, scalar_first=False):
    quat = np.concatenate([quat[..., 1:], quat[..., :1]], axis=-1) if scalar_first else quat * 1.0
    return unit(quat) if normalize else quat


def from_rotvec(rotvec, degrees=False):
    v = in_radians(rows(rotvec), degrees)
    square = np.sum(v**2, axis=-1, keepdims=True)
    scale = by_size(square, lambda s: 0.5 - s / 48 + s**2 / 3840, lambda s: np.sin(np.sqrt(s) / 2) / np.sqrt(s))
    cosine = by_size(square, lambda s: 1 - s / 8 + s**2 / 384 - s**3 / 46080, lambda s: np.cos(np.sqrt(s) / 2))
    return one_or_all(np.concatenate([v * scale, cosine], axis=-1), np.ndim(rotvec) < 2)


def from_matrix(matrix, assume_valid=False):
    """Of the nearest orthogonal matrix, as in SciPy: Newton's iteration for the polar factor (Higham 1986)."""
    m = matrix if np.ndim(matrix) == 3 else np.reshape(matrix, (-1, 3, 3))
    if np.any(core(np.linalg.det(m)) <= 0):
        raise ValueError("Non-positive determinant (left-handed or null coordinate frame) in rotation matrix")
    if not assume_valid:
        for _ in range(newton_steps(core(m)) + NEWTON):
            m = (m + np.swapaxes(np.linalg.inv(m), 1, 2)) / 2
    return one_or_all(np.stack([of_orthogonal(one) for one in m]), np.ndim(matrix) < 3)


def newton_steps(m):
    for count in range(60):
        other = (m + np.swapaxes(np.linalg.inv(m), 1, 2)) / 2
        if np.max(np.abs(other - m)) < 1e-8:
            return count
        m = other
    return 60


def of_orthogonal(m):
    """Of the four formulas that of which the divisor is largest (Shepperd 1978)."""
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    choice = int(settled(np.argmax(np.stack([m[0, 0], m[1, 1], m[2, 2], trace]))))
    if choice == 3:
        return unit(np.stack([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1 + trace]))
    i, j, k = choice, (choice + 1) % 3, (choice + 2) % 3
    q = {i: 1 - trace + 2 * m[i, i], j: m[j, i] + m[i, j], k: m[k, i] + m[i, k], 3: m[k, j] - m[j, k]}
    return unit(np.stack([q[axis] for axis in range(4)]))


def from_mrp(mrp):
    p = rows(mrp)
    square = np.sum(p**2, axis=-1, keepdims=True)
    return one_or_all(np.concatenate([2 * p, 1 - square], axis=-1) / (1 + square), np.ndim(mrp) < 2)


def about(axis, angle):
    """Rotations by angles about an axis of unit length."""
    half = angle[..., None] / 2
    return np.concatenate([np.sin(half) * axis, np.cos(half)], axis=-1)


def from_euler(seq, angles, degrees=False):
    return composed([np.eye(3)["xyz".index(letter)] for letter in seq.lower()], seq.isupper(), angles, degrees)


def from_davenport(axes, order, angles, degrees=False):
    axes = unit(rows(axes))
    return composed(list(axes), order in ("i", "intrinsic"), angles, degrees)


def composed(axes, intrinsic, angles, degrees):
    angles = in_radians(angles, degrees)
    single = np.ndim(angles) < (1 if len(axes) == 1 else 2)
    angles = np.reshape(angles, (-1, len(axes))) if np.ndim(angles) < 2 else angles
    q = about(axes[0], angles[:, 0])
    for k, axis in enumerate(axes[1:], 1):
        other = about(axis, angles[:, k])
        q = compose_quat(q, other) if intrinsic else compose_quat(other, q)
    return one_or_all(q, single)


# ---------------------------------------------------------------- from quaternions
def as_quat(quat, canonical=False, *, scalar_first=False):
    quat = upper(quat) if canonical else quat
    return np.concatenate([quat[..., 3:], quat[..., :3]], axis=-1) if scalar_first else quat * 1.0


def upper(q):
    """The one of q and -q whose scalar, or else first part that is not 0, is positive."""
    x, y, z, w = (settled(q[..., k]) for k in range(4))
    flip = (w < 0) | ((w == 0) & ((x < 0) | ((x == 0) & ((y < 0) | ((y == 0) & (z < 0))))))
    return q * np.where(flip, -1.0, 1.0)[..., None]


def as_matrix(quat):
    x, y, z, w = (quat[..., k] for k in range(4))
    return np.stack([
        np.stack([x * x - y * y - z * z + w * w, 2 * (x * y - z * w), 2 * (x * z + y * w)], axis=-1),
        np.stack([2 * (x * y + z * w), -x * x + y * y - z * z + w * w, 2 * (y * z - x * w)], axis=-1),
        np.stack([2 * (x * z - y * w), 2 * (y * z + x * w), -x * x - y * y + z * z + w * w], axis=-1),
    ], axis=-2)


def as_rotvec(quat, degrees=False):
    v, w = split(upper(quat))
    square = np.sum(v**2, axis=-1, keepdims=True)
    ratio = square / np.where(settled(w) > 0.5, w, 1.0) ** 2
    near = 2 / np.where(settled(w) > 0.5, w, 1.0) * (1 - ratio / 3 + ratio**2 / 5 - ratio**3 / 7)
    small = settled(square < SMALL**2)
    length = np.sqrt(np.where(small, 1.0, square))
    return in_asked(v * np.where(small, near, 2 * np.arctan2(length, w) / length), degrees)


def as_mrp(quat):
    v, w = split(upper(quat))
    return v / (1 + w)


def magnitude(quat):
    v, w = split(quat)
    return 2 * np.arctan2(np.sqrt(np.sum(v**2, axis=-1)), np.abs(w[..., 0]))


def as_euler(quat, seq, degrees=False, suppress_warnings=False):
    """Bernardes and Viollet 2022, as SciPy."""
    extrinsic = seq.islower()
    i, j, k = ("xyz".index(letter) for letter in (seq.lower() if extrinsic else seq.lower()[::-1]))
    symmetric = i == k
    k = 3 - i - j if symmetric else k
    sign = (i - j) * (j - k) * (k - i) // 2
    qi, qj, qk, w = quat[..., i], quat[..., j], quat[..., k], quat[..., 3]
    a, b, c, d = (w, qi, qj, qk * sign) if symmetric else (w - qj, qi + qk * sign, qj + w, qk * sign - qi)
    middle = 2 * np.arctan2(np.hypot(c, d), np.hypot(a, b))
    if np.any(core(np.minimum(np.abs(middle), np.abs(middle - np.pi))) < 1e-7):
        raise MissingRule("scipy.spatial.transform.Rotation.as_euler has no derivative at gimbal lock; use as_rotvec, or another sequence of axes")
    total, apart = np.arctan2(b, a), np.arctan2(d, c)
    first, third = total - apart, (total + apart) * (1 if symmetric else sign)
    middle = middle if symmetric else middle - np.pi / 2
    angles = np.stack([first, middle, third] if extrinsic else [third, middle, first], axis=-1)
    return in_asked(angles - 2 * np.pi * settled(np.round(angles / (2 * np.pi))), degrees)


def davenport(*args, **options):
    raise MissingRule("scipy.spatial.transform.Rotation.as_davenport has no derivative rule; use as_euler or as_rotvec")


# ---------------------------------------------------------------- with quaternions
def inv(quat):
    return quat * np.array([-1.0, -1, -1, 1])


def compose_quat(p, q):
    (u, a), (v, b) = split(p), split(q)
    return np.concatenate([a * v + b * u + np.cross(u, v), a * b - np.sum(u * v, axis=-1, keepdims=True)], axis=-1)


def apply(quat, vectors, inverse=False):
    matrix = as_matrix(inv(quat) if inverse else quat)
    return np.matmul(matrix, rows(vectors)[..., None])[..., 0]


def power(quat, n):
    return from_rotvec(n * as_rotvec(quat))


def mean(quat, weights=None, axis=None):
    """The quaternion q that maximises q' K q (Markley 2007)."""
    if axis not in (None, 0, (0,)):
        raise MissingRule("scipy.spatial.transform.Rotation.mean with axis has no derivative rule; leave it out")
    weights = np.ones(len(quat)) if weights is None else weights
    known = np.asarray(compiled.mean(np.ascontiguousarray(core(quat)), None if weights is core(weights) and np.all(weights == 1) else core(weights)))
    matrix = np.matmul(quat.T * weights, quat)
    q, size = np.ravel(known), np.max(np.linalg.eigvalsh(core(matrix)))
    # Newton's steps for the pair of vector and value, with a matrix of plain numbers: one more order each
    border = np.block([[core(matrix) - size * np.eye(4), -q[:, None]], [q[None], np.zeros((1, 1))]])
    for _ in range(NEWTON):
        wrong = np.concatenate([np.matmul(matrix, q) - size * q, np.reshape(np.sum(q * q) - 1, (1,)) / 2])
        by = np.linalg.solve(border, wrong)
        q, size = q - by[:4], size - by[4]
    return np.reshape(q, np.shape(known))


def align_vectors(a, b, weights=None, return_sensitivity=False):
    a, b = rows(a), rows(b)
    if len(a) < 2 or return_sensitivity or (weights is not None and np.any(np.isinf(core(weights)))):
        raise MissingRule("scipy.spatial.transform.Rotation.align_vectors of one pair, with an infinite weight or return_sensitivity has no derivative rule")
    weights = np.ones(len(a)) if weights is None else weights
    u, s, vt = np.linalg.svd(np.matmul(a.T * weights, b))
    mirrored = np.array([1.0, 1.0, np.sign(settled(np.linalg.det(u) * np.linalg.det(vt)))])
    rest = np.sum(weights * np.sum(a**2 + b**2, axis=1)) - 2 * np.sum(s * mirrored)
    distance: Any = np.sqrt(np.where(settled(rest) > 1e-14 * core(np.sum(weights * np.sum(a**2 + b**2, axis=1))), rest, np.nan))
    if np.isnan(core(distance)):
        distance = 0.0  # they match: a minimum, at which the distance itself has a kink
    return from_matrix(np.matmul(u * mirrored, vt), True), distance, None


ROWS: dict[str, Any] = {"from_quat": from_quat, "from_rotvec": from_rotvec, "from_matrix": from_matrix, "from_mrp": from_mrp, "from_euler": from_euler,
        "from_davenport": from_davenport, "as_quat": as_quat, "as_matrix": as_matrix, "as_rotvec": as_rotvec, "as_mrp": as_mrp, "as_euler": as_euler,
        "as_davenport": davenport, "inv": inv, "magnitude": magnitude, "apply": apply, "compose_quat": compose_quat, "pow": power, "mean": mean,
        "align_vectors": align_vectors}
if compiled is not None:
    for _name, _definition in ROWS.items():
        composite(caught_in(compiled, _name), _definition)
