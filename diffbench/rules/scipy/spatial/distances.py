"""scipy.spatial: distances by every smooth metric, in the points and in what the metric takes; the
volume of a convex hull; the distance to a nearest neighbour.

SciPy computes them in C++. Here they are NumPy over all pairs at once.
"""

# fmt: off
import numpy as np
import scipy.spatial as sd
from scipy.spatial import distance

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import getitem, set_at
from diffbench.rules.interception import caught, caught_in
from diffbench.rules.table import composite, settled


def numbers(x):
    return as_operand(x) if isinstance(x, (list, tuple)) else x


def weighted(x, w):
    return np.sum(x if w is None else x * w, axis=-1)


def correlation(u, v, w=None, centred=False, **options):
    if centred:
        share = None if w is None else w / np.sum(w)
        u, v = (x - (np.mean(x, axis=-1, keepdims=True) if w is None else np.sum(x * share, axis=-1, keepdims=True)) for x in (u, v))
    return 1 - weighted(u * v, w) / np.sqrt(weighted(u**2, w) * weighted(v**2, w))


def canberra(u, v, w=None):
    size = np.abs(u) + np.abs(v)
    none = settled(size == 0)
    return weighted(np.where(none, 0.0, np.abs(u - v) / np.where(none, 1.0, size)), w)


def chebyshev(u, v, w=None):
    far = np.abs(u - v)
    return np.max(far if w is None else far[..., np.flatnonzero(core(w) > 0)], axis=-1)


def minkowski(u, v, p=2, w=None):
    far = np.abs(u - v)
    return np.max(far, axis=-1) if np.isinf(core(p)) else weighted(far**p, w) ** (1 / p)


def mahalanobis(u, v, VI):
    d = u - v
    return np.sqrt(np.sum(np.matmul(d, VI) * d, axis=-1))


def jensenshannon(u, v, base=None):
    p, q = (x / np.sum(x, axis=-1, keepdims=True) for x in (u, v))
    middle = (p + q) / 2
    entropy = lambda p: np.sum(p * np.log(p / middle), axis=-1)
    found = (entropy(p) + entropy(q)) / 2
    return np.sqrt(found if base is None else found / np.log(base))


METRICS = {
    "euclidean": lambda u, v, w=None: np.sqrt(weighted((u - v) ** 2, w)),
    "sqeuclidean": lambda u, v, w=None: weighted((u - v) ** 2, w),
    "cityblock": lambda u, v, w=None: weighted(np.abs(u - v), w),
    "chebyshev": chebyshev,
    "minkowski": minkowski,
    "cosine": correlation,
    "correlation": lambda u, v, w=None, **options: correlation(u, v, w, centred=options.get("centered", True)),
    "canberra": canberra,
    "braycurtis": lambda u, v, w=None: weighted(np.abs(u - v), w) / weighted(np.abs(u + v), w),
    "seuclidean": lambda u, v, V: np.sqrt(np.sum((u - v) ** 2 / V, axis=-1)),
    "mahalanobis": mahalanobis,
    "jensenshannon": jensenshannon,
}
ALIASES = {"euclid": "euclidean", "eu": "euclidean", "e": "euclidean", "sqe": "sqeuclidean", "sqeuclid": "sqeuclidean", "manhattan": "cityblock", "cityblock": "cityblock",
           "city": "cityblock", "cblock": "cityblock", "cb": "cityblock", "c": "cityblock", "ch": "chebyshev", "cheby": "chebyshev", "cheb": "chebyshev", "cos": "cosine",
           "co": "correlation", "js": "jensenshannon", "mahal": "mahalanobis", "mahala": "mahalanobis", "mi": "minkowski", "m": "minkowski", "pnorm": "minkowski",
           "se": "seuclidean", "s": "seuclidean"}


def named(metric, points, options):
    """The function of a metric, with what SciPy takes for the options that are not given."""
    if callable(metric):
        return metric, options
    name = ALIASES.get(metric.lower(), metric.lower())
    if name not in METRICS:
        raise MissingRule(f"scipy.spatial.distance with metric={metric!r} has no derivative rule; it counts, or the metric is unknown")
    if name == "seuclidean" and options.get("V") is None:
        options = options | {"V": np.var(np.concatenate(points), axis=0, ddof=1)}
    if name == "mahalanobis" and options.get("VI") is None:
        options = options | {"VI": np.linalg.inv(np.cov(np.concatenate(points).T))}
    return METRICS[name], options


def cdist(XA, XB, metric="euclidean", *, out=None, **options):
    a, b = numbers(XA), numbers(XB)
    function, options = named(metric, (a, b), options)
    if callable(metric):
        return np.stack([np.stack([function(u, v, **options) for v in b]) for u in a])
    return function(a[:, None], b[None], **options)


def pdist(X, metric="euclidean", *, out=None, **options):
    x = numbers(X)
    i, j = np.triu_indices(len(x), 1)
    function, options = named(metric, (x,), options)
    if callable(metric):
        return np.stack([function(x[k], x[l], **options) for k, l in zip(i, j, strict=True)])
    return function(getitem(x, (i,)), getitem(x, (j,)), **options)


def squareform(X, force="no", checks=True):
    x = numbers(X)
    if np.ndim(x) == 2:
        return getitem(x, np.triu_indices(len(x), 1))
    n = int(np.ceil(np.sqrt(2 * len(x))))
    i, j = np.triu_indices(n, 1)
    half = set_at(np.zeros((n, n)), x, (i, j))
    return half + half.T


composite(caught(distance.cdist),      cdist)
composite(caught(distance.pdist),      pdist)
composite(caught(distance.squareform), squareform)


# ---------------------------------------------------------------- nearest neighbours and hulls: which
# points they are made of is a decision
def query(self, x, k=1, eps=0.0, p=2.0, distance_upper_bound=np.inf, workers=1):
    x = numbers(x)
    _, i = sd.KDTree.query(self, settled(x), k, eps, p, distance_upper_bound, workers)
    if np.any(i >= self.n):
        raise MissingRule("scipy.spatial.KDTree.query with fewer neighbours than asked for has no derivative rule; ask for fewer")
    there = getitem(np.asarray(self.data), (i,))
    return minkowski(x if np.ndim(i) == np.ndim(x) - 1 else x[..., None, :], there, p), i


def hull(self, points, incremental=False, qhull_options=None):
    points = numbers(points) * 1.0
    sd.ConvexHull.__init__(self, settled(points), incremental, qhull_options)
    d = np.shape(points)[1]
    corners = getitem(points, (self.simplices,))
    inside = core(points).mean(axis=0)
    self._points, factorial = points, float(np.prod(np.arange(1, d)))
    self.volume = np.sum(np.abs(np.linalg.det(corners - inside))) / factorial / d
    edges = corners[:, 1:] - corners[:, :1]
    self.area = np.sum(np.sqrt(np.linalg.det(np.matmul(edges, np.swapaxes(edges, 1, 2))))) / factorial


composite(caught(sd.KDTree.query), query)
composite(caught_in(sd.ConvexHull, "__init__"), hull)
