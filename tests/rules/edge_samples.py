"""The table's other two kinds of sample: points where a rule could go wrong, with the derivative there, and calls that must be refused.

    call @ point -> derivative      the gradient, or the Jacobian of what is not a number
    call @ point -> refused         NotDifferentiable: no derivative, or none that the rules can see
    call @ point -> Error: words    an error of that class, with these words; as NumPy raises it, or one of diffbench's

M is a matrix, E an empty vector; other points are written out.
"""

import re
from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl
import scipy.sparse as ss
import scipy.special as sp

NAMES = {"np": np, "sp": sp, "sl": sl, "ss": ss}
POINTS = {
    "M": np.array([[2.6, 0.31, 0.77], [0.44, 2.9, 0.53], [0.36, 0.68, 2.2]]),
    "E": np.zeros(0),
}


@dataclass(frozen=True, eq=False)
class EdgeSample:
    """One line of the table."""

    text: str
    point: str
    outcome: str

    @property
    def function(self):
        return eval(f"lambda x: {self.text}", NAMES)

    @property
    def x(self):
        return (
            POINTS[self.point]
            if self.point in POINTS
            else np.array(eval(self.point, NAMES), dtype=float)
        )

    @property
    def names(self):
        """The functions that the call uses."""
        return set(re.findall(r"\.(\w+)\(", self.text))

    def __str__(self):
        return f"{self.text} at {self.point}"


def lines(text):
    return [
        EdgeSample(*re.fullmatch(r"\s*(.+?) @ (.+?) -> (.+?)\s*", line).groups())
        for line in text.strip().splitlines()
    ]


EDGES = lines("""
    np.poly1d(x)(.3) @ [0,1] -> [.3,1]
    np.sqrt(x) @ 0 -> refused
    np.sqrt(x) @ E -> np.zeros((0, 0))
    np.cbrt(x) @ 0 -> refused
    np.cbrt(x) @ -8 -> 1 / 12
    np.log(x) @ 0 -> refused
    np.log2(x) @ 0 -> refused
    np.log10(x) @ 0 -> refused
    np.log1p(x) @ -1 -> refused
    np.arcsin(x) @ 1 -> refused
    np.arccos(x) @ -1 -> refused
    np.arccosh(x) @ 1 -> refused
    np.arctanh(x) @ 1 -> refused
    np.reciprocal(x) @ 0 -> refused
    np.divide(1,x) @ 0 -> refused
    np.divide(0,x) @ 1 -> 0
    np.arctan2(x,0*x) @ 1 -> 0
    np.arctan2(x,1) @ 0 -> 1
    np.arctan2(x,x) @ 0 -> refused
    np.power(x,0) @ 0 -> 0
    np.power(x,1) @ 0 -> 1
    np.power(x,0.5) @ 0 -> refused
    np.power(x,3) @ -2 -> 12
    np.power(0.0,x) @ 2 -> 0
    np.float_power(x,2) @ 0 -> 0
    np.float_power(x,-1) @ 0 -> refused
    np.hypot(x,0) @ 0 -> 0
    np.hypot(x,3.0) @ 0 -> 0
    np.fabs(x) @ 0 -> 0
    np.abs(x) @ [0,-1,2] -> np.diag([0, -1, 1])
    np.abs(x) @ E -> np.zeros((0, 0))
    np.copysign(x,-1) @ 2 -> -1
    np.copysign(3.0,x) @ 0 -> refused
    np.sign(x) @ 0 -> refused
    np.sign(x) @ 2 -> 0
    np.floor(x) @ 2 -> refused
    np.spacing(x) @ 1 -> refused
    np.spacing(x) @ 1.5 -> 0
    np.ceil(x) @ 2 -> refused
    np.trunc(x) @ 2 -> refused
    np.trunc(x) @ 0 -> 0
    np.rint(x) @ 0.5 -> refused
    np.rint(x) @ 1 -> 0
    np.heaviside(x,.5) @ 0 -> refused
    np.floor_divide(x,2) @ 4 -> refused
    np.floor_divide(x,2) @ 3 -> 0
    np.remainder(x,2) @ 4 -> refused
    np.remainder(x,-2) @ 1.5 -> 1
    np.fmod(x,2) @ 4 -> refused
    np.fmod(x,2) @ -3 -> 1
    np.nextafter(1.0,x) @ 1 -> refused
    np.maximum(x,0) @ 0 -> 0.5
    np.maximum(x,x) @ 1 -> 1
    np.maximum(x,-np.inf) @ 1 -> 1
    np.minimum(x,0) @ [0,1] -> np.diag([0.5, 0])
    np.fmax(x,np.nan) @ 1 -> 1
    np.fmin(np.nan,x) @ 1 -> 1
    np.sinc(x) @ 0 -> 0
    np.tanh(x) @ 500 -> 0
    np.logaddexp(x,-np.inf) @ 1 -> 1
    np.clip(x,0,1) @ 1 -> 0.5
    np.clip(x,1,0) @ 0.5 -> 0
    np.where(x>0,np.log(x),0.) @ -1 -> 0
    np.max(x) @ [1,1,0] -> [0.5, 0.5, 0]
    np.max(x,axis=-1) @ [[1,1],[2,1]] -> [[[0.5, 0.5], [0, 0]], [[0, 0], [1, 0]]]
    np.min(x) @ [1,1] -> [0.5, 0.5]
    np.ptp(x) @ [1,1] -> [0, 0]
    np.sum(x) @ E -> np.zeros(0)
    np.prod(x) @ E -> np.zeros(0)
    np.prod(x) @ [0,2,3] -> [6, 0, 0]
    np.prod(x) @ [0,0,3] -> [0, 0, 0]
    np.cumprod(x)[2] @ [0,2,3] -> [6, 0, 0]
    np.std(x) @ [1,1] -> refused
    np.var(x) @ [1,1] -> [0, 0]
    np.full_like(x,2.7,dtype=int)*x @ [1,1] -> [[2, 0], [0, 2]]
    np.var(x,ddof=3) @ [1,2] -> refused
    np.prod(x,axis=0) @ np.ones((3,0)) -> np.zeros((0, 3, 0))
    np.nansum(np.where(x>1,np.nan,x)) @ [2,1] -> [0, 1]
    np.median(x) @ [2,1,4,3] -> [0.5, 0, 0, 0.5]
    np.nanmedian(np.where(x>3,np.nan,x)) @ [2,1,4] -> [0.5, 0.5, 0]
    np.sum(np.sort(x)) @ [1,1] -> [1, 1]
    np.linalg.norm(x) @ [0,0] -> refused
    np.linalg.norm(x) @ [3,4] -> [0.6, 0.8]
    np.linalg.norm(x,np.inf) @ [1,-1] -> [0.5, -0.5]
    np.linalg.det(x) @ [[1,1],[1,1]] -> [[1, -1], [-1, 1]]
    np.linalg.det(x) @ np.zeros((3,3)) -> np.zeros((3, 3))
    np.linalg.cond(x) @ [[1,0],[0,0]] -> refused
    np.linalg.pinv(x,rcond=.5) @ [[1,0],[0,.1]] -> refused
    np.linalg.lstsq(x,x[0],rcond=.5)[0] @ [[1,0],[0,.1]] -> refused
    np.linalg.eigvalsh(x)[0] @ np.eye(2) -> refused
    np.linalg.svdvals(x)[0] @ np.eye(2) -> refused
    np.roots(x)[0] @ [1,-2,1] -> refused
    np.flip(x[::2]) @ [1,2,3] -> [[0, 0, 1], [1, 0, 0]]
    np.squeeze(x) @ [[1]] -> [[1]]
    np.concatenate([x,x]) @ E -> np.zeros((0, 0))
    np.interp(x,[0,1,2],[0,2,1]) @ 1 -> -1
    sp.gamma(x) @ 0 -> refused
    sp.gammaln(x) @ 0 -> refused
    sp.digamma(x) @ 0 -> refused
    sp.logit(x) @ 0 -> refused
    sp.expit(x) @ -800 -> 0
    sp.erfinv(x) @ 1 -> refused
    sp.ndtri(x) @ 0 -> refused
    sp.entr(x) @ 0 -> refused
    sp.k0(x) @ 0 -> refused
    sp.y0(x) @ 0 -> refused
    sp.expi(x) @ 0 -> refused
    sp.exp1(x) @ 0 -> refused
    sp.ellipk(x) @ 1 -> refused
    sp.ellipk(x) @ 0 -> np.pi / 8
    sp.spence(x) @ 1 -> -1
    sp.exprel(x) @ 0 -> 0.5
    sp.fresnel(x)[0] @ 0 -> 0
    sp.sici(x)[0] @ 0 -> 1
    sp.shichi(x)[0] @ 0 -> 1
    sp.sici(x)[1] @ 0 -> refused
    sp.rgamma(x) @ -2 -> 2
    sp.xlogy(0.0, x) @ 0 -> 0
    sp.rel_entr(0.0, x) @ 0 -> 0
    np.add.reduceat(x, [0, 2, 1]) @ [3, 1, 2] -> [[1, 1, 0], [0, 0, 1], [0, 1, 1]]
    np.divide(1.0, x, out=np.zeros_like(x), where=x != 0) @ [0, 2] -> [[0, 0], [0, -0.25]]
    x[np.lexsort((x,))] @ [3, 1, 2] -> [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    np.trapezoid([1.0, 2.0, 4.0], x) @ [0, 1, 3] -> [-1.5, -1.5, 3]
    np.gradient(x, [0.0, 1.0, 3.0]) @ [3, 1, 2] -> [[-1, 1, 0], [-2 / 3, 1 / 2, 1 / 6], [0, -1 / 2, 1 / 2]]
    sp.log_ndtr(x) @ -1e5 -> 100000.00001
    sp.logsumexp(x) @ [1000,0] -> [1, 0]
    sp.softmax(x)[0] @ [1000,0] -> [0, 0]
""")


def words(text):
    return re.findall(r"\w+", text)


BY_AXIS = words("""
    sum mean prod max min amax amin var std ptp cumsum cumprod nansum nanprod nanmax nanmin nancumsum nancumprod nanmean nanvar nanstd
    median nanmedian sort flip roll diff gradient trapezoid unwrap expand_dims squeeze cumulative_sum cumulative_prod average
    count_nonzero all any argmax argmin nanargmax nanargmin argsort""")
WITH_A_NUMBER = words("""
    quantile percentile nanquantile nanpercentile take repeat delete partition argpartition array_split split rollaxis""")
AXIS_ERRORS = [
    *(
        EdgeSample(
            f"np.{name}(x,{'1,' if name == 'roll' else ''}axis=7)", "M", "AxisError: out of bounds"
        )
        for name in BY_AXIS
    ),
    *(
        EdgeSample(
            f"np.{name}(x,{'axis=7' if name == 'rollaxis' else '1,axis=7'})",
            "M",
            "(AxisError, IndexError): out of|index",
        )
        for name in WITH_A_NUMBER
    ),
]
ERRORS = AXIS_ERRORS + lines("""
    np.lexsort((x,),axis=7) @ M -> AxisError: out of bounds
    np.sum(x,dtype=int) @ [1,2] -> LostTrace: sum with dtype=int64 truncates
    np.prod(x,dtype=int) @ [1,2] -> LostTrace: prod with dtype=int64 truncates
    x.cumsum(dtype=int) @ [1,2] -> LostTrace: cumsum with dtype=int64 truncates
    np.concatenate([x,x],dtype=int,casting='unsafe') @ [1,2] -> LostTrace: truncates
    np.add.accumulate(x,dtype=int) @ [1,2] -> LostTrace: truncates
    np.full_like(x,x[0],dtype=int) @ [1,2] -> LostTrace: leave the dtype out
    np.linalg.svd(x,hermitian=True)[1] @ M -> MissingRule: hermitian=True
    np.linalg.pinv(x,hermitian=True) @ M -> MissingRule: hermitian=True
    np.nanquantile(x,[[.5]]) @ [1,2] -> MissingRule: q of several axes
    sl.toeplitz(x) @ M -> MissingRule: vectors in an array of shape .3, 3.
    np.insert(np.arange(3),1,x) @ [1,2] -> MissingRule: truncate what is inserted to int64
    np.trim_zeros(x,axis=7) @ M -> (AxisError, TypeError): out of bounds|unexpected keyword
    np.polynomial.polynomial.polymul(x,x) @ [1,2] -> MissingRule: drops a last coefficient
    np.vectorize(lambda v:0 if v>1 else v)(x) @ [2,1] -> MissingRule: otypes=.float
    np.vectorize(np.sum,signature='(n)->()')(x) @ M -> MissingRule: signature
    np.r_['0,2',x,x] @ [1,2] -> MissingRule: directive
    sp.struve(x,.3) @ 1 -> MissingRule: order, degree or shape
    ss.csr_matrix(np.eye(2))*x[0] @ [1,2] -> MissingRule: can't hold traced entries
    ss.coo_array(np.ones(2))@x @ [1,2] -> MissingRule: one-dimensional
    np.swapaxes(x,0,7) @ M -> AxisError: out of bounds
    np.moveaxis(x,7,0) @ M -> AxisError: out of bounds
    np.concatenate([x,x],axis=7) @ M -> AxisError: out of bounds
    np.stack([x,x],axis=7) @ M -> AxisError: out of bounds
    np.take_along_axis(x,np.array([[0]]),7) @ M -> AxisError: out of bounds
    np.apply_along_axis(np.sum,7,x) @ M -> AxisError: out of bounds
    np.insert(x,0,1.,axis=7) @ M -> AxisError: out of bounds
    np.cross(x,x,axis=7) @ M -> AxisError: out of bounds
    np.linalg.norm(x,axis=7) @ M -> AxisError: out of bounds
    np.linalg.vector_norm(x,axis=7) @ M -> AxisError: out of bounds
    np.linspace(x,x+1,3,axis=7) @ M -> AxisError: out of bounds
    np.logspace(x,x+1,3,axis=7) @ M -> AxisError: out of bounds
    np.max(x) @ E -> ValueError: zero-size
    np.reshape(x,(2,2)) @ M -> ValueError: cannot reshape
    np.reshape(x,(9,),order='K') @ M -> (MissingRule, ValueError): order
    np.matmul(x,np.ones(2)) @ M -> ValueError: mismatch
    np.stack([x,x[0]]) @ M -> ValueError: same shape
    np.squeeze(x,0) @ M -> ValueError: size not equal to one
    np.linalg.inv(x) @ np.ones((2,2)) -> LinAlgError: Singular
    np.linalg.cholesky(-x) @ M -> LinAlgError: positive definite
    np.linalg.svd(x[:2])[0] @ M -> MissingRule: full_matrices=False
    np.quantile(x,x[0],method='hazen') @ [.2,.4,.9] -> MissingRule: no derivative in q by the method 'hazen'
    np.nanquantile(x,x[0]) @ [.2,.4,.9] -> MissingRule: no derivative in q
    np.quantile(x,.5,method='linear',weights=x) @ [1,2] -> (MissingRule, ValueError): weights|inverted_cdf
    np.histogram(x)[0]*1. @ [1,2] -> MissingRule: edges as an array
    np.polyfit(x,x,1,full=True)[0] @ [1,2,4] -> TypeError: compute the residual
    np.setxor1d(x,0.0) @ [1,2] -> MissingRule: has no derivative rule
    np.exp(x,x,x,x) @ [1,2] -> TypeError: argument
    np.unique(x,axis=0) @ M -> MissingRule: flattened
""")
