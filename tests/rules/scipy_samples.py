"""One table of samples: for every routine of SciPy that is differentiated, a function of x and a point.

A sample is the text of the function. What is refused stands in a list of its own.
"""

# fmt: off
# ruff: noqa: F401  # by the texts
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.fft as sf
import scipy.integrate as sg
import scipy.interpolate as si
import scipy.linalg as sl
import scipy.ndimage as nd
import scipy.optimize as so
import scipy.signal as ss
import scipy.sparse as sp
import scipy.sparse.linalg as spl
import scipy.spatial as sd
from scipy.spatial import distance as dist
from scipy.spatial.transform import Rotation as R
from scipy.spatial.transform import Slerp

X = np.array([0.0, 0.9, 2.1, 3.0, 4.2, 5.0])
Y = np.array([0.3, 1.2, 0.7, 1.9, 2.4, 2.2])
T = np.array([0.4, 1.7, 3.3, 4.9])
M = np.array([[2.0, 0.3, 0.5], [0.1, 3.0, 0.2], [0.4, 0.6, 1.5]])
V = np.array([0.3, 0.7, 0.2])
S = np.array([[4.0, 0.3, 0.2], [0.3, 2.5, 0.1], [0.2, 0.1, 1.0]])
P = np.array([[0.1, 0.2], [1.1, 0.3], [0.4, 1.2], [1.3, 1.1], [0.7, 0.6], [2.0, 0.1]])
SIGNAL = np.array([0.5, -0.25, 1.0, 0.75, -0.5, 0.25, 1.5, -1.0, 0.3, 0.8, -0.2, 0.4, 0.6, -0.7, 0.1, 0.9])
IMAGE = np.sin(np.arange(30.0).reshape(5, 6) ** 1.3)
LAB = np.arange(30).reshape(5, 6) % 3


def EV(t, y):
    """An event of solve_ivp: the ball meets the ground."""
    return y[0]


EV.terminal = True


def S_(x):
    """A symmetric matrix without a diagonal, of its three entries."""
    return np.stack([np.stack([0 * x[0], x[0], x[1]]), np.stack([x[0], 0 * x[0], x[2]]), np.stack([x[1], x[2], 0 * x[0]])])


def S8(x):
    """A symmetric matrix whose eigenvalues lie well apart."""
    ends = np.outer(np.eye(8)[7], np.eye(8)[7])
    return np.diag(np.arange(1.0, 9) ** 1.3) + x[0] * np.eye(8, k=1) + x[0] * np.eye(8, k=-1) + x[1] * ends + x[2] * np.ones((8, 8))


def F1(a, b):
    """A filter of one line for generic_filter1d."""
    b[:] = (a[:-2] + a[1:-1] + a[2:]) / 3


@dataclass(frozen=True, eq=False)
class Sample:
    text: str
    x: np.ndarray
    twice: bool = True  # whether a second derivative is promised
    accuracy: float = 1e-6  # of the differences

    @cached_property
    def function(self):
        return eval(f"lambda x: {self.text}", globals())

    def __str__(self):
        return self.text


SAMPLES = [
    # ---------------------------------------------------------------- interp
    Sample('si.CubicSpline(X, x)(T)', Y),
    Sample("si.CubicSpline(X, x, bc_type='natural')(T)", Y),
    Sample("si.CubicSpline(X, x, bc_type='clamped')(T)", Y),
    Sample("si.CubicSpline(X, np.append(x, x[0]), bc_type='periodic')(T)", np.array([0.3,1.2,0.7,1.9,2.4])),
    Sample('si.CubicSpline(x, Y)(T)', X),
    Sample('si.CubicSpline(X, Y)(x)', T),
    Sample('si.CubicSpline(X, x, bc_type=((1,x[0]),(2,.3)))(T, 1)', Y),
    Sample('si.CubicSpline(X, x).derivative()(T)', Y),
    Sample('si.CubicSpline(X, x).antiderivative()(T)', Y),
    Sample('si.CubicSpline(X, x).integrate(.3, 4.)', Y),
    Sample('si.CubicSpline(X, Y).integrate(x[0], x[1])', np.array([0.3,4.])),
    Sample('si.CubicSpline(X, np.stack([x,x**2],axis=1))(T)', Y),
    Sample('si.CubicSpline(X, x).roots()*1.', np.array([-0.7,0.2,-0.3,0.9,1.4,1.2])),
    Sample("si.CubicSpline(X, x, extrapolate='periodic', bc_type='natural')(T+4)", Y),
    Sample('si.PchipInterpolator(X, x)(T)', Y),
    Sample('si.PchipInterpolator(x, Y)(T)', X),
    Sample('si.PchipInterpolator(X, Y)(x)', T),
    Sample('si.pchip_interpolate(X, x, T)', Y),
    Sample('si.PchipInterpolator(X, x).derivative()(T)', Y),
    Sample('si.Akima1DInterpolator(X, x)(T)', Y),
    Sample('si.Akima1DInterpolator(x, Y)(T*.95)', X),
    Sample("si.Akima1DInterpolator(X, x, method='makima')(T)", Y),
    Sample('si.CubicHermiteSpline(X, x, x**2)(T)', Y),
    Sample('si.PPoly(x.reshape(3,2), [0.,1,2])(T[:2])', np.array([0.3,0.3,0.7,0.7,0.2,0.2])),
    Sample('si.BPoly(x.reshape(3,2), [0.,1,2])([.3,1.2])', np.array([0.3,0.3,0.7,0.7,0.2,0.2])),
    Sample('si.BSpline(np.r_[0,0,0,0,1,2,3,4,4,4,4.], x, 3)([.3,2.2,3.6])', np.array([0.3,1.2,0.7,1.9,2.4,2.2,1.])),
    Sample('si.BSpline(np.r_[0,0,0,0,1,2,3,4,4,4,4.], Y.tolist()+[1.], 3)(x)', np.array([0.3,2.2,3.6])),
    Sample('si.BSpline(np.r_[0,0,0,0,1,2,3,4,4,4,4.], x, 3).derivative()([.3,2.2,3.6])', np.array([0.3,1.2,0.7,1.9,2.4,2.2,1.])),
    Sample('si.BSpline(np.r_[0,0,0,0,1,2,3,4,4,4,4.], x, 3).integrate(.5,3.1)', np.array([0.3,1.2,0.7,1.9,2.4,2.2,1.])),
    Sample('si.BSpline(np.r_[0,0,0,0,1,2,3,4,4,4,4.], x, 3).antiderivative()([.3,2.2,3.6])', np.array([0.3,1.2,0.7,1.9,2.4,2.2,1.])),
    Sample('si.BSpline(np.concatenate([[0,0,0,0],x,[4,4,4,4.]]), Y.tolist()+[1.], 3)([.3,2.2,3.6])', np.array([1.,2.,3.])),
    Sample('si.make_interp_spline(X, x)(T)', Y),
    Sample('si.make_interp_spline(x, Y)(T)', X),
    Sample('si.make_interp_spline(X, Y)(x)', T),
    Sample('si.make_interp_spline(X, x, k=2)(T)', Y),
    Sample('si.make_interp_spline(X, x, k=1)(T)', Y),
    Sample('si.make_interp_spline(X, x, k=5)(T)', Y),
    Sample("si.make_interp_spline(X, x, bc_type='natural')(T)", Y),
    Sample('si.make_lsq_spline(X, x, np.r_[0,0,0,0,5,5,5,5.])(T)', Y),
    Sample('si.splev(T, si.splrep(X, x))', Y),
    Sample('si.splev(T, si.splrep(x, Y))', X),
    Sample('si.splev(x, si.splrep(X, Y))', T),
    Sample('si.splint(.3, 4., si.splrep(X, x))', Y),
    Sample('si.splev(T, si.splrep(X, x), der=1)', Y),
    Sample('si.splev(T, si.splder(si.splrep(X, x)))', Y),
    Sample('si.splev(T, si.splantider(si.splrep(X, x)))', Y),
    Sample('si.UnivariateSpline(X, x, s=0)(T)', Y),
    Sample('si.InterpolatedUnivariateSpline(X, x)(T)', Y),
    Sample('si.InterpolatedUnivariateSpline(X, Y)(x)', T),
    Sample('si.InterpolatedUnivariateSpline(X, x).integral(.3,4.)', Y),
    Sample('si.interp1d(X, x)(T)', Y),
    Sample("si.interp1d(X, x, kind='cubic')(T)", Y),
    Sample("si.interp1d(X, x, kind='quadratic')(T)", Y),
    Sample("si.interp1d(X, x, kind='nearest')(T)", Y),
    Sample("si.interp1d(X, x, kind='previous')(T)", Y),
    Sample('si.interp1d(X, Y)(x)', np.array([0.38,1.615,3.135,4.655])),
    Sample('si.interp1d(x, Y)(T*.95)', X),
    Sample("si.interp1d(X, x, fill_value='extrapolate')([-1.,6.])", Y),
    Sample("si.interp1d(X, Y, kind='cubic')(x)", np.array([0.38,1.615,3.135,4.655])),
    Sample('np.interp(T, X, x)', Y),
    Sample('np.interp(T, x, Y)', X),
    Sample('np.interp(x, X, Y)', T),
    Sample('si.RegularGridInterpolator((X, T), x.reshape(6,4))([[.5,2.],[3.3,4.]])', np.array([0.,0.841471,0.909297,0.14112,-0.756802,-0.958924,-0.279415,0.656987,0.989358,0.412118,-0.544021,-0.99999,-0.536573,0.420167,0.990607,0.650288,-0.287903,-0.961397,-0.750987,0.149877,0.912945,0.836656,-0.008851,-0.84622])),
    Sample('si.RegularGridInterpolator((X, T), np.sin(np.arange(24.)).reshape(6,4))(x)', np.array([0.5,2.])),
    Sample('si.RegularGridInterpolator((x, T), np.sin(np.arange(24.)).reshape(6,4))([[.5,2.],[3.3,4.]])', X),
    Sample("si.RegularGridInterpolator((X, T), x.reshape(6,4), method='cubic', solver=spl.spsolve)([[.5,2.],[3.3,4.]])", np.array([0.,0.841471,0.909297,0.14112,-0.756802,-0.958924,-0.279415,0.656987,0.989358,0.412118,-0.544021,-0.99999,-0.536573,0.420167,0.990607,0.650288,-0.287903,-0.961397,-0.750987,0.149877,0.912945,0.836656,-0.008851,-0.84622])),
    Sample("si.RegularGridInterpolator((X, T), np.sin(np.arange(24.)).reshape(6,4), method='cubic', solver=spl.spsolve)(x)", np.array([0.5,2.])),
    Sample("si.RegularGridInterpolator((X, T), x.reshape(6,4), method='nearest')([[.5,2.],[3.3,4.]])", np.array([0.,0.841471,0.909297,0.14112,-0.756802,-0.958924,-0.279415,0.656987,0.989358,0.412118,-0.544021,-0.99999,-0.536573,0.420167,0.990607,0.650288,-0.287903,-0.961397,-0.750987,0.149877,0.912945,0.836656,-0.008851,-0.84622])),
    Sample('si.interpn((X, T), x.reshape(6,4), [[.5,2.],[3.3,4.]])', np.array([0.,0.841471,0.909297,0.14112,-0.756802,-0.958924,-0.279415,0.656987,0.989358,0.412118,-0.544021,-0.99999,-0.536573,0.420167,0.990607,0.650288,-0.287903,-0.961397,-0.750987,0.149877,0.912945,0.836656,-0.008851,-0.84622])),
    Sample('si.griddata(P, x, [[.5,.5],[1.,.8]])', Y),
    Sample('si.griddata(P, Y, x)', np.array([[0.5,0.5],[1.,0.8]])),
    Sample('si.griddata(x.reshape(6,2), Y, [[.5,.5],[1.,.8]])', np.array([0.1,0.2,1.1,0.3,0.4,1.2,1.3,1.1,0.7,0.6,2.,0.1])),
    Sample("si.griddata(P, x, [[.5,.5],[1.,.8]], method='nearest')", Y),
    Sample('si.LinearNDInterpolator(P, x)([[.5,.5],[1.,.8]])', Y),
    Sample('si.LinearNDInterpolator(P, Y)(x)', np.array([[0.5,0.5],[1.,0.8]])),
    Sample('si.NearestNDInterpolator(P, x)([[.5,.5],[1.,.8]])', Y),
    Sample('si.RBFInterpolator(P, x)([[.5,.5],[1.,.8]])', Y),
    Sample('si.RBFInterpolator(P, Y)(x)', np.array([[0.5,0.5],[1.,0.8]])),
    Sample('si.RBFInterpolator(x.reshape(6,2), Y)([[.5,.5],[1.,.8]])', np.array([0.1,0.2,1.1,0.3,0.4,1.2,1.3,1.1,0.7,0.6,2.,0.1])),
    Sample("si.RBFInterpolator(P, x, kernel='gaussian', epsilon=.7)([[.5,.5],[1.,.8]])", Y),
    Sample("si.RBFInterpolator(P, Y, kernel='multiquadric', epsilon=x[0])([[.5,.5],[1.,.8]])", np.array([0.7])),
    Sample('si.RBFInterpolator(P, Y, smoothing=x[0])([[.5,.5],[1.,.8]])', np.array([0.7])),
    Sample('si.Rbf(P[:,0],P[:,1], x)([.5],[.5])', Y),
    Sample('si.BarycentricInterpolator(X, x)(T)', Y),
    Sample('si.KroghInterpolator(X, x)(T)', Y),
    Sample('si.barycentric_interpolate(X, x, T)', Y),
    Sample('si.krogh_interpolate(X, x, T)', Y),
    Sample('si.RectBivariateSpline(X, T, x.reshape(6,4))(2., 3.)', np.array([0.,0.841471,0.909297,0.14112,-0.756802,-0.958924,-0.279415,0.656987,0.989358,0.412118,-0.544021,-0.99999,-0.536573,0.420167,0.990607,0.650288,-0.287903,-0.961397,-0.750987,0.149877,0.912945,0.836656,-0.008851,-0.84622])),
    Sample('si.BarycentricInterpolator(X,Y)(x)', T),
    Sample('si.lagrange(X,x)(T)', Y),
    Sample('si.approximate_taylor_polynomial(lambda t: np.sin(t*x[0]),0.,3,.5)(.2)', np.array([0.7])),
    Sample('si.pade(x,2)[0](.3)', Y),
    # ---------------------------------------------------------------- integrate
    Sample('sg.quad(lambda t: np.exp(-x[0]*t)*np.sin(x[1]*t), 0, 2)[0]', np.array([0.7,1.3])),
    Sample('sg.quad(lambda t: np.sin(t*t), x[0], x[1])[0]', np.array([0.2,1.3])),
    Sample('sg.quad(lambda t, a: np.exp(-a*t), 0, np.inf, args=(x[0],))[0]', np.array([0.7])),
    Sample("sg.quad(lambda t: np.cos(t*x[0]), 0, 1, weight='cos', wvar=2.)[0]", np.array([0.7])),
    Sample('sg.quad(lambda t: abs(t-x[0]), 0, 1, points=[.3])[0]', np.array([0.3])),
    Sample('sg.quad(lambda t: abs(t-x[0]), 0, 1)[0]', np.array([0.3])),
    Sample('sg.quad_vec(lambda t: np.exp(-x*t), 0, 2)[0]', np.array([0.7,1.3])),
    Sample('sg.quad_vec(lambda t: np.exp(-x*t), 0, np.inf)[0]', np.array([0.7,1.3])),
    Sample('sg.quad_vec(lambda t: np.exp(-V*t), 0, x[0])[0]', np.array([1.3])),
    Sample('sg.dblquad(lambda s,t: np.exp(-x[0]*s*t), 0, 1, 0, lambda t: t*x[1])[0]', np.array([0.7,1.2])),
    Sample('sg.nquad(lambda s,t: np.exp(-x[0]*s*t), [[0,1],[0,x[1]]])[0]', np.array([0.7,1.2])),
    Sample('sg.fixed_quad(lambda t: np.exp(-x[0]*t), 0, x[1], n=5)[0]', np.array([0.7,1.2])),
    Sample('sg.trapezoid(x, X)', Y),
    Sample('sg.trapezoid(Y, x)', X),
    Sample('sg.simpson(x, x=X)', Y),
    Sample('sg.simpson(Y, x=x)', X),
    Sample('sg.simpson(x, dx=.3)', np.array([0.3,1.2,0.7,1.9,2.4])),
    Sample('sg.cumulative_trapezoid(x, X, initial=0)', Y),
    Sample('sg.cumulative_simpson(x, x=X)', Y),
    Sample('sg.cumulative_simpson(Y, x=x)', X),
    Sample('sg.romb(x, dx=.2)', np.array([0.3,1.2,0.7,1.9,2.4])),
    Sample('sg.newton_cotes(4)[0] @ x', np.array([0.3,1.2,0.7,1.9,2.4])),
    Sample("sg.solve_ivp(lambda t, y: [y[1], -x[0]*np.sin(y[0])], (0, 1.0), [x[1], 0.], method='RK45', rtol=1e-9, atol=1e-10).y[:, -1]", np.array([2.,0.5])),
    Sample("sg.solve_ivp(lambda t, y: [y[1], -x[0]*np.sin(y[0])], (0, 0.1), [x[1], 0.], method='RK23', rtol=1e-8, atol=1e-10).y[:, -1]", np.array([2.,0.5])),
    Sample("sg.solve_ivp(lambda t, y: [y[1], -x[0]*np.sin(y[0])], (0, 1.0), [x[1], 0.], method='DOP853', rtol=1e-10, atol=1e-10).y[:, -1]", np.array([2.,0.5])),
    Sample("sg.solve_ivp(lambda t, y: [y[1], -x[0]*np.sin(y[0])], (0, 0.3), [x[1], 0.], method='Radau', rtol=1e-8, atol=1e-10).y[:, -1]", np.array([2.,0.5])),
    Sample("sg.solve_ivp(lambda t, y: [y[1], -x[0]*np.sin(y[0])], (0, 0.3), [x[1], 0.], method='BDF', rtol=1e-8, atol=1e-10).y[:, -1]", np.array([2.,0.5])),
    Sample("sg.solve_ivp(lambda t, y: [y[1], -x[0]*np.sin(y[0])], (0, 0.5), [x[1], 0.], method='LSODA', rtol=1e-9, atol=1e-10).y[:, -1]", np.array([2.,0.5])),
    Sample('sg.solve_ivp(lambda t, y: -x[0]*y, (0, x[1]), [1.], rtol=1e-9, atol=1e-10).y[:, -1]', np.array([2.,0.5])),
    Sample('sg.solve_ivp(lambda t, y: -x[0]*y, (x[1], 2.), [1.], rtol=1e-9, atol=1e-10).y[:, -1]', np.array([2.,0.5])),
    Sample('sg.solve_ivp(lambda t, y: -x[0]*y, (0, 2), [1.], t_eval=[.3,1.], rtol=1e-9, atol=1e-10).y', np.array([2.])),
    Sample('sg.solve_ivp(lambda t, y, a: -a*y, (0, 2), [1.], args=(x[0],), t_eval=[.3,1.], rtol=1e-9, atol=1e-10).y', np.array([2.])),
    Sample('sg.solve_ivp(lambda t, y: -x[0]*y, (0, 2), [1.], dense_output=True, rtol=1e-9, atol=1e-10).sol(.7)', np.array([2.])),
    Sample('sg.solve_ivp(lambda t, y: -.5*y, (0, 2), [1.], dense_output=True, rtol=1e-9, atol=1e-10).sol(x[0])', np.array([1.1])),
    Sample('sg.solve_ivp(lambda t, y: [y[1], -x[0]], (0, 5), [x[1], 0.3], events=EV, rtol=1e-9, atol=1e-10).t_events[0]', np.array([9.8,1.5])),
    Sample('sg.solve_ivp(lambda t, y: [y[1], -x[0]], (0, 5), [x[1], 0.3], events=EV, rtol=1e-9, atol=1e-10).y[:,-1]', np.array([9.8,1.5])),
    Sample('sg.solve_ivp(lambda t, y: [y[1], -x[0]], (0, 5), [x[1], 0.3], events=EV, rtol=1e-9, atol=1e-10).t[-1]', np.array([9.8,1.5])),
    Sample('sg.solve_ivp(lambda t, y: [y[1], -x[0]], (0, 5), [x[1], 0.3], events=EV, rtol=1e-9, atol=1e-10).y_events[0][0]', np.array([9.8,1.5])),
    Sample('sg.odeint(lambda y, t: [y[1], -x[0]*np.sin(y[0])], [x[1], 0.], [0, 1., 2.], rtol=1e-10, atol=1e-11)', np.array([2.,0.5])),
    Sample('sg.odeint(lambda t, y, a: -a*y, [1.], [0, 1., 2.], args=(x[0],), tfirst=True, rtol=1e-10, atol=1e-11)', np.array([2.])),
    Sample('sg.odeint(lambda y, t: -.4*y, [1.], np.append(0., x), rtol=1e-10, atol=1e-11)', np.array([1.,2.])),
    Sample('sg.solve_bvp(lambda t, y, p: np.stack([y[1], -p[0]**2*y[0]]), lambda a, b, p: np.stack([a[0], b[0], a[1]-p[0]*x[0]**2]), np.linspace(0,1,9), np.stack([np.sin(3*np.linspace(0,1,9)),np.ones(9)]), p=[3.], tol=1e-4).y[:,4]', np.array([0.7])),
    Sample('sg.solve_bvp(lambda t, y: np.stack([y[1], -x[0]*np.exp(y[0])]), lambda a, b: np.array([a[0], b[0]-x[1]]), np.linspace(0,1,11), np.zeros((2,11)), tol=1e-5).sol(.5)', np.array([0.7,0.2])),
]

REFUSED = [
    # ---------------------------------------------------------------- interp
    Sample('si.make_smoothing_spline(X, x, lam=.1)(T)', Y),
    Sample('si.splev(T, si.splrep(X, x, s=0.5))', Y),
    Sample("si.RegularGridInterpolator((X, T), x.reshape(6,4), method='pchip')([[.5,2.],[3.3,4.]])", np.array([0.,0.841471,0.909297,0.14112,-0.756802,-0.958924,-0.279415,0.656987,0.989358,0.412118,-0.544021,-0.99999,-0.536573,0.420167,0.990607,0.650288,-0.287903,-0.961397,-0.750987,0.149877,0.912945,0.836656,-0.008851,-0.84622])),
    Sample("si.griddata(P, x, [[.5,.5],[1.,.8]], method='cubic')", Y),
    Sample('si.AAA(X,x)(T)', Y),
    # ---------------------------------------------------------------- integrate
    Sample('sg.quad(lambda t: np.cos(t) if t > x[0] else 0., 0, 1)[0]', np.array([0.3])),
    Sample('sg.tanhsinh(lambda t: np.exp(-x[0]*t), 0., x[1]).integral', np.array([0.7,1.2])),
    Sample('sg.cubature(lambda t: np.exp(-x[0]*t[:,0]*t[:,1]), [0,0],[1,1]).estimate', np.array([0.7])),
    Sample('sg.nsum(lambda t: np.exp(-x[0]*t), 0, np.inf).sum', np.array([0.7])),
]
