"""One table of samples: for every row and every composite of the rule table, calls that use it, at a point where it is smooth.

A sample is the text of a function of x and the point's kind. Everything in tests/rules is driven by it, and `diffbench conform` asks
other packages for the same.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as sl
import scipy.sparse as ss
import scipy.special as sp

from diffbench.rules import table

rng = np.random.default_rng(0)
VECTOR = rng.uniform(0.2, 0.8, 5)
SPACED = np.array(
    [0.35, 0.62, 0.21, 0.88, 0.49]
)  # far from a tie, for what is measured by differences
MATRIX = rng.uniform(0.2, 0.9, (3, 3)) + 2 * np.eye(3)
SPREAD = np.array(
    [[4.0, 0.3, 0.2], [0.3, 2.5, 0.1], [0.2, 0.1, 1.0]]
)  # symmetric, eigenvalues well apart
LACKING = {name.replace("numpy", "np").replace("scipy.special", "sp") for name in table.left_out}


@dataclass(frozen=True, eq=False)
class Sample:
    """The text, and its point."""

    text: str
    x: Any

    @cached_property
    def function(self) -> Any:
        """f itself."""
        return eval(f"lambda x: {self.text}", {"np": np, "sp": sp, "sl": sl, "ss": ss})

    def __str__(self) -> str:
        return self.text


def calls(x: Any, text: str) -> list[Sample]:
    """Sample texts separated by white space; a bare name is a call of it on x. Without functions that the versions installed lack."""
    texts = [
        f"{entry}(x)" if re.fullmatch(r"(np|sp|sl)[.\w]+", entry) else entry
        for entry in text.split()
    ]
    return [
        Sample(text, x)
        for text in texts
        if not LACKING.intersection(re.findall(r"[a-z][.\w]+", text))
    ]


ELEMENTWISE = calls(
    VECTOR,
    """
    np.negative np.positive np.reciprocal(x+1) np.square np.sqrt np.cbrt np.exp np.exp2 np.expm1 np.log np.log2 np.log10 np.log1p np.sin
    np.cos np.tan np.arcsin np.arccos np.arctan np.sinh np.cosh np.tanh np.arcsinh np.arctanh np.arccosh(1+x) np.deg2rad np.radians
    np.rad2deg np.degrees np.fabs np.abs np.sinc np.i0 np.add(x,x*x) np.subtract(x,x*x) np.multiply(x,x) np.divide(x,1+x)
    np.power(x,x+1) x+x*x x-x**2 x*x x/(1+x*x) x**x 2.0**x x**3 np.float_power(x,x) np.hypot(x,x**2) np.arctan2(x,x**2)
    np.logaddexp(x,x*x) np.logaddexp2(x,x*x) np.maximum(x,.5) np.minimum(x,.5*x*x) np.maximum(.5,x) np.minimum(x*x,.5) np.fmax(x,.5)
    np.fmin(.5,x) np.fmax(.5,x) np.fmin(x,.5) np.copysign(x,-x) np.remainder(x,.3) np.remainder(1.7,x+1) np.fmod(x,.3) np.fmod(1.7,x+1)
    np.sign(x)*x np.floor(3*x)*x np.ceil(3*x)*x np.trunc(3*x)*x np.rint(3*x)*x np.heaviside(x,.5)*x np.floor_divide(x,.3)*x
    np.floor_divide(.9,x+1)*x np.copysign(x,x-.5) np.real((x+1j*x**2)**2) np.imag((x+1j)**2) np.real(np.conjugate(x+1j*x)*(1+2j))
    np.abs(x+1j*x**2) np.angle(x+1j*x**2) np.where(x>.5,x**2,x**3) np.clip(x,.3,.6) np.round(x,1)+x np.modf(x+.3)[0] np.divmod(x,.3)[1]
    np.fix(3*x)*x np.ldexp(x,2) np.sign(x-.5)*x np.real_if_close(x) np.nan_to_num(x)""",
)

REDUCTIONS = calls(
    VECTOR,
    """
    np.sum np.mean np.prod np.max np.min np.var np.std np.ptp np.cumsum np.cumprod np.nansum np.nanprod np.nanmax np.nanmin np.nancumsum
    np.nancumprod np.nanmean np.nanvar np.nanstd np.median np.nanmedian np.sort np.unique np.max(x,initial=.5)
    np.sum(x,where=x>.5,initial=2.) np.mean(x,where=x>.4) np.apply_over_axes(np.prod,x,[0])
    np.average(x,weights=[1,2,3,4,5.]) np.cov(np.stack([x,x**2])) np.cov(x,x**2,aweights=x) np.cov(x,fweights=[1,2,1,1,3],bias=True)
    np.corrcoef(np.stack([x,x**2])) np.cumulative_sum(x,include_initial=True) np.cumulative_prod np.quantile(x,[.1,.55])
    np.percentile(x,30) np.nanquantile(x,.3) np.nanpercentile(x,30) np.partition(x,2) np.take_along_axis(x,np.argsort(x),0) np.trapezoid
    np.trapezoid(x,np.array([0,1,3,4,6.])) np.gradient np.gradient(x,np.array([0,1,3,4,6.])) np.interp(x,[0,.3,.5,1.],[0.,1,3,2])
    np.interp(.44,np.linspace(0,1,5),x) np.add.reduce(x) np.logaddexp.reduce(x) np.maximum.accumulate(x) np.multiply.outer(x,x)
    np.multiply.reduce(x) sp.logsumexp sp.softmax sp.log_softmax""",
) + calls(
    MATRIX,
    """
    np.cumprod(x,axis=1) np.prod(x,axis=(0,1)) np.max(x,axis=0) np.var(x,axis=1,ddof=1,keepdims=True) np.std(x,axis=(0,1))
    np.sum(x,axis=(0,1),keepdims=True) np.sort(x,axis=0) np.median(x,axis=1) np.quantile(x,.3,axis=0,keepdims=True)
    np.quantile(x,[[.2],[.7]],axis=1,keepdims=True) np.cumsum(x,axis=1)
    np.mean(x,axis=1) np.min(x,axis=1,keepdims=True)
    np.average(np.stack([x,x**2]),axis=(2,0),weights=x[:,:2]) sp.logsumexp(x,axis=1) sp.softmax(x,axis=0)""",
)

SHAPING = calls(
    VECTOR,
    """
    np.copy x.astype(float)*x np.astype(x,float) np.append(x,x**2) np.insert(x,2,7.)
    np.insert(np.zeros(5),[0,2],x[0]) np.insert(x,1,x[:2]**2) np.delete(x,1) np.tile(x,(2,2)) np.roll(x,2)
    np.repeat(x,2) np.pad(x,(1,2)) np.pad(x,2,mode='wrap') np.pad(x,1,mode='edge') np.pad(x,1,mode='reflect') np.resize(x,7)
    np.extract(x>.4,x) x[np.where(x>.4)] x[np.nonzero(x)] x[np.flatnonzero(x)] x[np.argwhere(x)[0]] np.ediff1d np.diff(x,2)
    np.diff(x,1,-1,x[0]**2,1.)
    np.flip np.diag np.diag(x,1) np.vander np.polyval(x,.3) np.meshgrid(x,x)[0]
    np.block([[x],[x*x]]) np.block([x,x*x]) np.array([x[0],x[1]**2]) x[[0,0,1]] x[::-1] x[x>.4] np.select([x>.5,x>.3],[x**2,x**3],0.)
    np.piecewise(x,[x<.5,x>=.5],[np.sin,np.cos]) np.choose([0,1,0,1,0],[x,x**2]) np.split(x,[2])[1] np.array_split(x,2)[0]
    np.hsplit(x,[2])[0] np.take(x,[1,1]) np.broadcast_to(x,(2,5)) np.ravel np.atleast_1d np.atleast_2d np.atleast_3d
    np.expand_dims(x,(0,2)) np.squeeze(x[None]) np.broadcast_arrays(x,x[:,None])[0] np.fft.fftshift np.fft.ifftshift""",
) + calls(
    MATRIX,
    """
    np.reshape(x,(9,),order='F') np.transpose np.swapaxes(x,0,1) np.moveaxis(x,0,1) np.rollaxis(x,1) np.matrix_transpose np.permute_dims
    np.rot90 np.fliplr np.flipud np.concatenate([x,x*x],axis=1) np.stack([x,x]) np.vstack([x,x]) np.hstack([x,x]) np.dstack([x,x])
    np.column_stack([x[0],x]) np.vsplit(x,[1])[1]
    np.dsplit(x[None],[1])[0] np.unstack(x)[1] np.diagonal(x,1) np.diag np.trace np.tril np.triu(x,1) np.compress([1,0,1],x,axis=1)
    np.apply_along_axis(np.cumsum,1,x) np.apply_along_axis(np.diag,0,x) np.column_stack([x[None],x[None]])
    x[1:,[0,2]] x[...,None,0] np.linalg.matrix_transpose np.linalg.diagonal np.linalg.trace""",
)

PRODUCTS = calls(
    VECTOR,
    """
    np.convolve(x,[1.,2,3],'same') np.convolve(x,x) np.correlate(x,np.array([1.,2,3]),'full') np.correlate(x,x,'same') np.outer(x,x)
    np.linalg.outer(x,x) np.kron(x,x) np.cross(x[:3],x[1:4]) np.linalg.cross(x[:3],x[1:4]) np.vdot(x,x) np.inner(x,x) np.dot(x,x)
    np.linalg.vecdot(x,x) np.vecdot(x,x*2,axis=0) np.vecdot(x,x)""",
) + calls(
    MATRIX,
    """
    x@x x@x[0] x[0]@x x[0]@x[1] np.dot(x,x[0]) np.tensordot(x,x,1) np.linalg.tensordot(x,x,axes=1) np.tensordot(x,x,2) np.matvec(x,x[0])
    np.vecmat(x[0],x) np.linalg.matmul(x,x) np.linalg.multi_dot([x,x,x]) np.einsum('ij,jk->ik',x,x) np.einsum('ii->i',x)
    np.einsum('ij->j',x) np.einsum('...j,j',x,x[0]) np.einsum('ij,ij',x,x) np.einsum('ij,kj,k',x,x,x[0])""",
)

LINEAR_ALGEBRA = calls(
    MATRIX,
    """
    np.linalg.inv np.linalg.det np.linalg.pinv np.linalg.pinv(x[:,:2]) np.linalg.svdvals np.linalg.norm np.linalg.cond
    np.linalg.slogdet(x)[1] np.linalg.solve(x,x[:,0]) np.linalg.solve(x,x.T@x) np.linalg.solve(np.stack([x,x.T]),x) np.linalg.qr(x)[0]
    np.linalg.qr(x)[1] np.linalg.qr(x[:,:2])[0] np.linalg.svd(x)[0] np.linalg.svd(x)[1] np.linalg.svd(x)[2]
    np.linalg.svd(x[:,:2],full_matrices=False)[0] np.linalg.norm(x,'nuc') np.linalg.norm(x,2) np.linalg.norm(x,1)
    np.linalg.norm(x,axis=1) np.linalg.norm(x[0],3) np.linalg.norm(x[0],np.inf) np.linalg.vector_norm np.linalg.matrix_norm
    np.linalg.vector_norm(x,axis=(0,1),keepdims=True)
    np.linalg.vector_norm(x[None],axis=(0,2),ord=3)
    np.linalg.matrix_power(x,3) np.linalg.matrix_power(x,-2) np.linalg.lstsq(x[:,:2],x[:,2])[0]
    np.linalg.det(np.stack([x,x.T])) np.linalg.inv(np.stack([x,x.T]))""",
) + calls(
    SPREAD,
    """
    np.abs(np.linalg.eig(x)[0]) np.abs(np.linalg.eigvals(x)) np.linalg.cholesky((x+x.T)/2) np.linalg.eigh((x+x.T)/2)[0]
    np.linalg.eigh((x+x.T)/2)[1] np.linalg.eigvalsh((x+x.T)/2) sl.cholesky((x+x.T)/2)
    sl.eigh((x+x.T)/2)[1] sl.eigvalsh((x+x.T)/2) sl.cho_solve((np.linalg.cholesky((x+x.T)/2),True),x[0]) sl.sqrtm
    sl.cho_solve(sl.cho_factor((x+x.T)/2),x[0])""",
)

SCIPY_LINALG = calls(
    MATRIX,
    """
    sl.expm sl.cosm sl.sinm sl.coshm sl.sinhm sl.det sl.inv sl.norm sl.pinv sl.svdvals sl.svd(x)[0] sl.qr(x)[0] sl.qr(x,mode='r')[0]
    sl.solve(x,x[0]) sl.solve(x,x[0],assume_a='sym') sl.solve(x,x[0]**2,transposed=True) sl.lstsq(x[:,:2],x[:,2])[0]
    sl.solve_triangular(x,x[0]) sl.solve_triangular(x,x[0],lower=True,trans=1) sl.lu(x)[1] sl.lu(x)[2] sl.lu(x,permute_l=True)[0]
    sl.lu_factor(x)[0] sl.solve_sylvester(x,x@x,x) sl.lu_solve(sl.lu_factor(x),x[0]) sl.lu_solve(sl.lu_factor(x),x[0]**2,1)
    sl.solve_banded((1,1),x+[[0],[5.],[0]],x[0]) sl.solve_banded((1,1),x+[[0],[5.],[0]],x) sl.solveh_banded((x+[[0],[5.],[0]])[:2],x[0])
    sl.solveh_banded((x+[[0],[5.],[0]])[1:],x[0],lower=True)
    sl.block_diag(x,x[0]) sl.toeplitz(x[0]) sl.toeplitz(x[0],x[1]) sl.hankel(x[0]) sl.hankel(x[0],x[1]) sl.circulant(x[0])""",
)

FOURIER = calls(
    VECTOR,
    """
    np.real(np.fft.fft(x)) np.abs(np.fft.fft(x,n=8)) np.imag(np.fft.ifft(x)) np.real(np.fft.rfft(x,n=8)) np.abs(np.fft.rfft(x))
    np.fft.irfft(x+1j*x**2) np.fft.irfft(x+1j*x**2,n=7)""",
) + calls(
    MATRIX,
    """
    np.real(np.fft.fft2(x)) np.imag(np.fft.ifft2(x)) np.imag(np.fft.rfft2(x)) np.fft.irfft2(x+1j*x.T) np.real(np.fft.fftn(x))
    np.real(np.fft.ifftn(x)) np.real(np.fft.rfftn(x)) np.fft.irfftn(x+1j*x.T)""",
)

SPECIAL = calls(
    VECTOR,
    """
    sp.erf sp.erfc sp.erfcx sp.erfinv sp.erfcinv sp.dawsn sp.ndtr sp.log_ndtr sp.ndtri sp.expit sp.log_expit sp.logit sp.exprel sp.exp10
    sp.cosm1 sp.entr sp.gamma(x+1) sp.rgamma sp.gammaln(x+1) sp.loggamma(x+1) sp.digamma(x+1) sp.polygamma(2,x+1) sp.j0 sp.j1 sp.y0(x+1)
    sp.y1(x+1) sp.i0 sp.i1 sp.i0e sp.i1e sp.k0(x+1) sp.k1(x+1) sp.xlogy(x,x) sp.xlog1py(x,x) sp.rel_entr(x,x**2) sp.kl_div(x,x**2)
    sp.beta(x+1,x+2) sp.betaln(x,x*x) sp.gammainc(1.5,x) sp.gammaincc(1.5,x) sp.jv(1.5,x) sp.kv(1.5,x+1) sp.iv(1.5,x) sp.ive(1.5,x)
    sp.yv(1.5,x+1) sp.boxcox(x,2.)""",
)

SPECIAL_INTEGRALS = calls(
    SPACED,
    """
    sp.k0e(x+1) sp.k1e(x+1) sp.jve(1.5,x) sp.yve(1.5,x+1) sp.kve(1.5,x+1) sp.yn(2,x+1) sp.kn(2,x+1) np.abs(sp.hankel1(1.5,x+1))
    np.imag(sp.hankel2(1.5,x+1)) sp.struve(1.5,x) sp.modstruve(1.5,x) sp.spherical_jn(2,x) sp.spherical_yn(1,x+1) sp.spherical_in(2,x)
    sp.spherical_jn(0,x,derivative=True) sp.airy(x)[0] sp.airy(x)[3] sp.expi(x+1) sp.exp1(x+1) sp.expn(2,x+1) sp.spence sp.erfi
    np.real(sp.wofz(x+1j*x**2)) sp.owens_t(x,x**2) sp.sici(x)[0] sp.sici(x+1)[1] sp.shichi(x)[0] sp.shichi(x+1)[1] sp.fresnel(x)[0]
    sp.gammaincinv(1.5,x) sp.gammainccinv(1.5,x) sp.betainc(1.5,2.5,x) sp.betaincc(1.5,2.5,x) sp.betaincinv(1.5,2.5,x)
    sp.betainccinv(1.5,2.5,x)
    sp.hyp0f1(1.5,x) sp.hyp1f1(1.5,2.5,x) sp.hyp2f1(.5,1.5,2.5,x/2) sp.hyperu(.5,1.5,x+1) sp.ellipk(x/2) sp.ellipe(x/2)
    sp.ellipkinc(x,.3) sp.ellipeinc(x,.3) sp.ellipkm1(x+.2) sp.ellipj(x,.3)[0] np.real(sp.lambertw(x)) sp.wrightomega
    sp.chdtr(2.5,x) sp.chdtrc(2.5,x) sp.gdtr(x,1.5,x) sp.gdtrc(x,1.5,.7) sp.pdtr(2,x) sp.pdtrc(2,x)
    sp.fdtr(3,4,x) sp.fdtrc(3,4,x) sp.stdtr(3,x) sp.stdtrit(3,x) sp.ndtri_exp(-x-1) sp.boxcox(x+1,x) sp.boxcox1p(x,x) sp.inv_boxcox(x,x)
    sp.tklmbda(x,x)
    sp.inv_boxcox1p(x,x) sp.huber(x,2*x) sp.huber(x+1,x) sp.pseudo_huber(x,x**2) sp.powm1(x+1,x) sp.poch(x,x) sp.binom(x+2,x)
    sp.gammasgn(x)*x sp.comb(x+3,2) sp.factorial(x) sp.multigammaln(x+2,3) sp.zeta(2.5,x+1) sp.zeta(x+1.5,2.0) sp.log1p sp.expm1 sp.exp2 sp.cbrt(x+1)
    sp.round(3*x)*x sp.softplus sp.sindg sp.cosdg sp.tandg(x+1) sp.cotdg(x+1)""",
)

POLYNOMIALS = calls(
    SPACED,
    """
    np.polyadd(x,[1.,2]) np.polysub([1.],x) np.polymul(x,[1.,2]) np.polydiv(x,np.array([1.,2]))[0] np.polydiv(x,np.array([2.,1]))[1] np.polydiv(np.array([1,2,0.5]),x[:2])[0] np.polyder
    np.polyder(x,2) np.polyint(x,2,k=x[0]) np.abs(np.roots(x)) np.poly np.poly(np.outer(x,x)+np.diag(x))
    np.polyfit(np.arange(5.),x,2) np.polyfit(np.arange(5.),np.stack([x,x**2]).T,1,w=x) np.polyfit(3*x,np.sin(x),1)
    np.polynomial.polynomial.polyval(x,x) np.polynomial.chebyshev.chebval(x,x) np.polynomial.legendre.legval(x,x)
    np.polynomial.Polynomial([1.,2,3])(x) np.polynomial.hermite.hermval(x,x) np.polynomial.hermite_e.hermeval(x,x)
    np.polynomial.laguerre.lagval(x,x)
    sp.eval_jacobi(3,.5,1.5,x) sp.eval_legendre(3,x) sp.eval_chebyt(3,x) sp.eval_chebyu(3,x) sp.eval_gegenbauer(3,1.5,x)
    sp.eval_hermite(3,x) sp.eval_hermitenorm(3,x) sp.eval_laguerre(3,x) sp.eval_genlaguerre(3,1.5,x)""",
)

GRIDS = calls(
    SPACED,
    """
    np.amax np.amin np.around(3*x)+x np.frexp(x+.1)[0] np.nextafter(x,1.) np.spacing(x+.1)+x np.diagflat(x,1) np.fft.hfft(x+1j*x**2)
    np.lib.stride_tricks.sliding_window_view(x,3) np.abs(np.fft.ihfft(x)) np.linspace(x[0],x[1],4) np.geomspace(x[0],x[1],4)
    np.logspace(x[0],x[1],4) np.gradient(x,.3,edge_order=2) np.gradient(x,np.array([0,1,3,4,6.]),edge_order=2) np.unwrap(3.4*x)
    np.interp(x,[0,.25,.55],[0.,1,3],period=.6) np.bincount([0,1,1,3,0],weights=x) np.histogram([.1,.2,.5,.7,.9],3,weights=x)[0]
    np.histogram([.1,.2,.5,.7,.9],3,weights=x,density=True)[0] np.quantile(x,.55,method='hazen') np.quantile(x,.3,method='inverted_cdf')
    np.quantile(x,[.1,.6],method='midpoint') np.quantile(x,x[0]) np.percentile(x,[70*x[1],30])
    np.nanmedian(np.where(x>.75,np.nan,x))""",
) + calls(
    MATRIX,
    """
    np.linalg.tensorsolve(np.reshape(x,(3,1,3)),x[0][:,None]) np.linalg.tensorinv(x,ind=1) np.real(np.linalg.eigvals(x+x.T))
    np.nanmedian(np.where(x<.3,np.nan,x),axis=1)""",
)

CONVENIENCES = calls(
    SPACED,
    """
    np.mean([x[0],x[1]**2]) np.mean((x,x**2),axis=0) np.var((x[0],x[1]**2)) np.std(np.array([x[0],x[1]**2])) np.median([x[0],x[1]**2,x[2]])
    np.percentile(np.array([x[0],x[1]**2]),30) np.nanmedian([x[0],np.nan,x[2]])
    np.array([x[0],x[1]**2]).mean() np.var(x,0,None,None,1) np.std(x,mean=x[0]**2) np.dot([x[0],x[1]],[1.,x[2]])
    np.linalg.det([[x[0],.3],[x[1],x[2]]]) np.linalg.solve(np.array([[x[0],.3],[x[1],2.]]),x[:2])
    np.linalg.inv(np.array([[x[0],.3],[x[1],2.]]))
    np.r_[0.,x,x[0]**2] np.r_[0:2,x] np.c_[x,x**2] np.c_[0:5,x] np.vectorize(np.arctan2)(x[:,None],x)
    np.vectorize(divmod)(x,.3)[1] np.vectorize(np.power,excluded=[1])(x,2) np.stack(list(dict(np.ndenumerate(np.outer(x,x))).values()))
    np.poly1d(x)(.3) np.polynomial.Polynomial(x)(.3) np.real_if_close(x+0j)
    ss.csr_array(np.tri(5)).T@x ss.csr_array(np.tri(5))@np.outer(x,x**2) x@ss.coo_array(np.tri(5)) ss.csr_matrix(np.tri(5))*x
    ss.csc_array(np.tri(5)).dot(x) ss.linalg.spsolve(ss.csr_array(np.tri(5)),x) ss.linalg.spsolve(ss.csc_array(np.tri(5)),x[:,None])""",
) + calls(
    MATRIX,
    """
    np.einsum(x,[0,1],x,[2,1],[0,2]) np.einsum(x,[0,1],x[0],[1]) np.einsum(x,[...,0],[0,...])""",
)

SAMPLES = [
    *ELEMENTWISE,
    *REDUCTIONS,
    *SHAPING,
    *PRODUCTS,
    *LINEAR_ALGEBRA,
    *SCIPY_LINALG,
    *FOURIER,
    *SPECIAL,
    *SPECIAL_INTEGRALS,
    *POLYNOMIALS,
    *GRIDS,
    *CONVENIENCES,
]
