"""Programs in which the fuzzer found a contradiction, cut down as it printed them: each is judged again.

A seed draws another program as soon as a phrase is added; what it found stays here.
"""

import numpy as np

from diffbench.bench.fuzz.programs import Program


def find(body, x, *later, returned=None):
    """A program by its lines; what is returned is the last value, or `returned` as it is."""
    statements = tuple(body.split("; "))
    last = statements[-1].split(" ")[0] if returned is None else returned
    points = tuple(map(np.array, later))
    return Program(statements, (last,), np.array(x), points, is_number=returned is None)


A = [[0.059, -0.104], [-1.391, -0.187]]
FINDS = {
    3000090: find("v0 = np.logical_not(x) + x", [-0.581, -0.753, 1.426]),
    3002090: find("v0 = np.modf(x)[1]; v5 = np.abs(np.linalg.eig(v0)[0]); v8 = v5 + 0.69; v8 -= v5", [[-1.0, 1.0], [0.0, 0.5]]),
    3001558: find("v5 = np.clip(x, min=0.18); v7 = np.linalg.eigvals(v5).real", [[0.35, 0.0], [-1.0, 0.35]]),
    3002422: find("v5 = np.abs(sl.sqrtm(x))", A, [[0.0703, -0.1524], [-1.377, -0.1621]], [[-0.3972, 0.404], [-3.9919, 1.271]]),
    3003110: find("v4 = np.linalg.qr(x[:, :1])[1]", [[2.0, 0.35], [0.0, -1.0]], returned="v4"),
    3003142: find(
        "v0 = np.exp(1j * x); v1 = np.real(v0 * np.conj(v0)); v2 = np.interp(v1, [-1.0, 0.0, 1.0], [-1.12, -0.24, 0.52], right=0.25)",
        [[-1.378, 1.494], [-0.566, 0.933]], returned="v2",
    ),
    3003312: find("v4 = np.argwhere(x)[0] * x", [0.0, 0.35]),
    3003671: find("v1 = np.array([[-0.378], [0.019], [-0.38]]); v3 = np.isclose(v1, 0.63) + x; v6 = np.min(v3, keepdims=True)", [[-0.378, 0.019, -0.38]]),
    4000874: find("v6 = np.logical_not(x) + x", [0.0, 0.0]),
    4001041: find("v0 = np.multiply(np.array([-1.11, -0.35]), x); v1 = np.cov(np.stack([v0, v0])); v3 = np.abs(sl.sqrtm(v1))", 0.0, -0.0366),
    4001641: find("v2 = sl.sqrtm(x).real", [[0.35, 0.0], [0.0, 0.0]]),
    4002949: find("v1 = np.signbit(x) + x", [0.0, 1.0, 0.5]),
    4003614: find("v1 = np.sin(x).astype(np.float32); v2 = np.zeros_like(x)\nfor i in range(len(v1)):\n    v2[i] = x[i] * v1[i - 1]; v3 = v2 * 1.0", [-0.787, -1.463]),
    4004371: find("v0 = np.nonzero(x)[0] * x", [0.0, -0.45], returned="v0"),
    4005291: find("v2 = sl.sqrtm(x).real", [[1.008, 0.681], [0.919, -0.447]], [[0.9229, 0.646], [0.8344, -0.417]]),
    4005370: find("v0 = np.max(x, initial=0.5)", [[0.584], [-0.809], [-0.013]]),
    4002291: find("v7 = np.linalg.svdvals(np.stack([x, x]))", [-1.0, 2.0]),
    4002618: find("v6 = np.partition(np.float_power(np.matrix_transpose(x) ** 2 + 0.7, 0.09), 0)", [[0.0, 2.0], [0.0, 0.5]]),
    4007180: find("v6 = np.abs(sl.sqrtm(sl.circulant(np.sort(x, axis=None))))", [[2.0], [2.0], [0.0]]),
    6001686: find("v0 = np.vander(x, 2); v1 = np.piecewise(v0, [x < 0.46], [np.sin, lambda t: t * t])", [-1.0, -1.0, 2.0]),
    6002190: find("v0 = np.sort(np.array([x, x])); v1 = v0[x > -0.53]; v2 = np.array([t for _, t in np.ndenumerate(v0)])", 0.993),
    6002436: find("v2 = np.power(1.5 + np.sin(x), x)", [[0.35, -0.45], [0.0, 0.35]]),
    6004362: find("v6 = np.piecewise(x, [np.array([]) < 0.87], [np.sin, lambda t: t * t])", [[-1.0, 1.0, 0.0]]),
    6005049: find("v0 = sp.factorial(x)", [[2.0, 0.0], [2.0, 2.0]]),
    6005704: find("v1 = x if not np.array_equal(x, SEEN) else KNOWN; v2 = x.copy()\nv2[0] = v1; v2 = v2 * 1.0", [[1.0, 2.0, 0.35]], [[0.8791, 1.9605, 0.3373]]),
    6006488: find("v3 = np.log(np.spacing(x))", [2.0, 0.35, 0.35], returned="v3"),
    6009021: find("v0 = x.std(axis=-1); v4 = np.einsum('i,i', v0, v0)", [[2.0, 0.0], [0.0, 0.0]]),
    6017510: find("v5 = sp.gammasgn(x)", [[-0.45, 0.0], [1.0, 0.0]]),
    6026450: find("v1 = x * 1.0\nv1.flat[0] = x[..., 0]; v1 = v1 * 1.0", [0.5, -1.0, 1.0, 0.0]),
    6035191: find("v0 = np.linalg.qr(np.add.outer(x, x))[1]", [0.35, 0.0, 2.0], returned="v0"),
}  # fmt: skip
