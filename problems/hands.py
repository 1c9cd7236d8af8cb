"""Hand tracking, ADBench's and GradBench's tall Jacobian: where the skin of a hand lies, in the 26
numbers of its pose.

Pose, flat: rotation vector (3), translation (3), then four angles a finger (two at the knuckle, one
at each further joint). The suites' hand is a scanned mesh of 544 vertices; ours is made: five
fingers of three bones on a palm, six vertices a bone, each carried by its own bone and by the one
before.
"""

import numpy as np
from diffbench.problems.counted_numbers import v, w

from diffbench.interface import problem

SOURCE = "GradBench and ADBench, ht; Taylor et al. (2014), doi:10.1109/CVPR.2014.88"
FINGERS, BONES, RING = 5, 3, 6  # bones a finger, vertices a bone
LENGTHS = (1.2, 0.9, 0.7)
KNUCKLES = np.stack(
    [np.arange(FINGERS) - 2.0, 4 + v(np.arange(FINGERS)) / 4, np.zeros(FINGERS)], axis=1
)
PARENTS = np.array([0, *np.where(np.arange(15) % BONES == 0, 0, np.arange(15))])
STILL = 1e-4  # a shorter rotation vector is none, as in the suites


def bases():
    """Where each bone begins in the hand at rest, palm first; shape (16, 3)."""
    along = np.cumsum([0, *LENGTHS[:-1]])
    of_fingers = KNUCKLES[:, None] + along[:, None] * np.array([0, 1, 0])
    return np.concatenate([np.zeros((1, 3)), of_fingers.reshape(-1, 3)])


def skin():
    """Vertices of the hand at rest (96, 3), and how much each bone carries of each (16, 96)."""
    starts = np.repeat(bases(), RING, axis=0)
    turn = np.tile(2 * np.pi * np.arange(RING) / RING, len(bases()))
    around = np.stack([np.cos(turn) / 3, np.tile([0.2, 0.6], len(turn) // 2), np.sin(turn) / 3], 1)
    bone = np.repeat(np.arange(len(bases())), RING)
    own = 0.6 + 0.4 * w(np.arange(len(bone)))
    carried = np.zeros((len(bases()), len(bone)))
    np.add.at(carried, (bone, np.arange(len(bone))), own)
    np.add.at(carried, (PARENTS[bone], np.arange(len(bone))), 1 - own)
    return starts + around, carried


def pose(n, rng):
    """A hand turned, moved and bent a little everywhere."""
    return np.concatenate([[0.3, -0.2, 0.5], [1.0, -2.0, 0.5], 0.3 * v(np.arange(20))])


def observed(n, rng):
    """n points some tenths from the skin, and the vertex that each belongs to."""
    vertices, carried = skin()
    seen = rng.permutation(np.arange(n) % len(vertices))
    points = vertices[seen] + 0.1 * rng.normal(size=(n, 3))
    return vertices - bases()[:, None], carried, points, seen


@problem(
    operator="jacobian",
    point=pose,
    data=observed,
    sizes=(12, 100, 1000),
    source=SOURCE,
    tags=("gradbench", "science", "matrix", "extended"),
)
def hand_tracking(theta, local, carried, points, seen, xp=np):
    """Points less the vertices they belong to, 3n x 26. Hard: joints in joints, and far more rows
    than columns, which suits forward mode; size is the number of points.
    """
    return xp.ravel(points - posed(theta, local, carried, xp)[seen])


def posed(theta, local, carried, xp):
    """The vertices in a pose, shape (96, 3)."""
    turns, starts = joints(theta[6:], xp)
    moved = local @ xp.swapaxes(turns, 1, 2) + starts[:, None]
    blended = xp.sum(carried[:, :, None] * moved, axis=0)
    return blended @ xp.swapaxes(turned(theta[:3], xp), 0, 1) + theta[3:6]


def joints(angles, xp):
    """Rotation (16, 3, 3) and start (16, 3) of every bone, palm first, finger by finger."""
    bend = xp.reshape(angles, (FINGERS, 4))
    turn = about(bend[:, 1], 2, xp) @ about(bend[:, 0], 0, xp)
    start = xp.asarray(KNUCKLES, dtype=angles.dtype)
    turns, starts = [turn], [start]
    for k in range(2):
        start = start + LENGTHS[k] * turn[:, :, 1]
        turn = turn @ about(bend[:, 2 + k], 0, xp)
        turns.append(turn)
        starts.append(start)
    palm = xp.eye(3, dtype=angles.dtype)[None], xp.zeros((1, 3), dtype=angles.dtype)
    return (
        xp.concatenate([palm[0], xp.reshape(xp.stack(turns, axis=1), (-1, 3, 3))]),
        xp.concatenate([palm[1], xp.reshape(xp.stack(starts, axis=1), (-1, 3))]),
    )


def about(angle, axis, xp):
    """Rotations by the angles about coordinate axis 0 or 2, shape (n, 3, 3)."""
    cos, sin, zero = xp.cos(angle), xp.sin(angle), xp.zeros_like(angle)
    one = xp.ones_like(angle)
    rows = {
        0: [one, zero, zero, zero, cos, -sin, zero, sin, cos],
        2: [cos, -sin, zero, sin, cos, zero, zero, zero, one],
    }
    return xp.reshape(xp.stack(rows[axis], axis=1), (-1, 3, 3))


def turned(r, xp):
    """The rotation matrix of a rotation vector (Rodrigues); none below 1e-4, as in the suites."""
    angle = xp.sqrt(xp.sum(r**2))
    if angle < STILL:
        return xp.eye(3, dtype=r.dtype)
    x, y, z = r[0] / angle, r[1] / angle, r[2] / angle
    zero = xp.zeros_like(x)
    across = xp.reshape(xp.stack([zero, -z, y, z, zero, -x, -y, x, zero]), (3, 3))
    axis = xp.stack([x, y, z])
    along = axis[:, None] * axis
    cos = xp.cos(angle)
    return cos * xp.eye(3, dtype=r.dtype) + xp.sin(angle) * across + (1 - cos) * along


@hand_tracking.manual("jacobian")
def hand_tracking_jacobian(theta, local, carried, points, seen):
    """Lever arms: a joint moves what hangs on it by axis x (vertex - joint)."""
    moves = -pose_velocities(theta, local, carried)[seen]
    return moves.reshape(-1, 26).astype(theta.dtype)


def pose_velocities(theta, local, carried):
    """d vertex/d theta, shape (96, 3, 26)."""
    r = theta[:3].astype(float)
    turns, starts = joints(theta[6:], np)
    moved = local @ turns.swapaxes(1, 2) + starts[:, None]
    whole = turned(r, np)
    found = np.zeros((local.shape[1], 3, 26))
    found[:, :, :3] = turning_velocities(r, np.sum(carried[:, :, None] * moved, axis=0) @ whole.T)
    found[:, :, 3:6] = np.eye(3)
    for finger in range(FINGERS):
        first = 1 + BONES * finger
        for k, (joint, axis) in enumerate(levers(theta[6 + 4 * finger :], turns, first)):
            reached = slice(joint, first + BONES)
            arms = np.cross(axis, moved[reached] - starts[joint])
            velocity = np.sum(carried[reached, :, None] * arms, axis=0)
            found[:, :, 6 + 4 * finger + k] = velocity @ whole.T
    return found


def levers(angles, turns, first):
    """(bone, axis in the palm's frame) of the four angles of the finger whose first bone it is."""
    spread = np.array([np.cos(angles[1]), np.sin(angles[1]), 0])  # the knuckle's own x
    yield first, spread
    yield first, np.array([0, 0, 1])
    yield first + 1, turns[first + 1][:, 0]
    yield first + 2, turns[first + 2][:, 0]


def turning_velocities(r, placed):
    """d(R p)/dr for placed = R p (Gallego, Yezzi 2015), shape (n, 3, 3)."""
    squared, turn = r @ r, turned(r, np)
    columns = []
    for k in range(3):
        unit = np.eye(3)[k]
        spin = (r[k] * r + np.cross(r, unit - turn[:, k])) / squared
        columns.append(np.cross(spin, placed))
    return np.stack(columns, axis=2)


def pose_and_places(n, rng):
    """The pose, then two coordinates in its triangle for each point."""
    return np.concatenate([pose(n, rng), rng.uniform(0.1, 0.4, size=2 * n)])


@problem(
    operator="jacobian",
    point=pose_and_places,
    data=observed,
    sizes=(12, 100),
    source=SOURCE,
    tags=("gradbench", "science", "matrix", "sparse", "structure", "extended"),
)
def hand_tracking_complicated(x, local, carried, points, seen, xp=np):
    """Points less places in triangles of the skin, 3n x (26 + 2n): 26 dense columns and a block a
    point, which two further seeds of forward mode hold.
    """
    vertices = posed(x[:26], local, carried, xp)
    places = xp.reshape(x[26:], (-1, 2))
    corners = [vertices[corner] for corner in triangle(seen, len(carried[0]))]
    share = (places[:, :1], places[:, 1:], 1 - places[:, :1] - places[:, 1:])
    return xp.ravel(points - sum(s * c for s, c in zip(share, corners, strict=True)))


def triangle(seen, vertices):
    """The corners of each point's triangle: its vertex and the next two."""
    return [(seen + k) % vertices for k in range(3)]


@hand_tracking_complicated.manual("jacobian")
def hand_tracking_complicated_jacobian(x, local, carried, points, seen):
    vertices = posed(x[:26], local, carried, np)
    velocities = pose_velocities(x[:26], local, carried)
    first, second, third = triangle(seen, len(vertices))
    u, t = x[26::2, None, None], x[27::2, None, None]
    n = np.arange(len(seen))
    found = np.zeros((len(seen), 3, len(x)))
    found[:, :, :26] = -(
        u * velocities[first] + t * velocities[second] + (1 - u - t) * velocities[third]
    )
    found[n, :, 26 + 2 * n] = vertices[third] - vertices[first]
    found[n, :, 27 + 2 * n] = vertices[third] - vertices[second]
    return found.reshape(-1, len(x)).astype(x.dtype)
