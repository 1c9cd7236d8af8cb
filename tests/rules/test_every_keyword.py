"""Every function of the rule table with each keyword that its signature has: value and derivative are
plain NumPy's, or it is refused.

The calls are those of the table of samples, with one keyword more; the keywords are those that
inspect.signature finds, so that a new one of NumPy's or SciPy's fails here until somebody has looked.
"""

import ast
import inspect
import warnings

import numpy as np
import pytest
import scipy.linalg as sl
import scipy.sparse as ss
import scipy.special as sp

import diffbench as db
from diffbench.bench.conform.samples import SAMPLES
from diffbench.errors import DiffbenchError
from diffbench.rules import composites, primitives
from diffbench.rules.table import parameter_names

NAMES = {"np": np, "sp": sp, "sl": sl, "ss": ss}
TABLE = {*primitives, *composites}
# a mask that has holes
EVERY_OTHER = "np.arange(np.size(CALL)).reshape(np.shape(CALL)) % 2 == 0"
# of a ufunc, where nothing is asked for what was there before stays
OF_UFUNCS = {"where": (f"{EVERY_OTHER}, out=np.full_like(CALL, 0.5)",)}
# texts of values that a keyword may be given, CALL standing for the call without it; where NumPy refuses one, it is passed over
VALUES = {
    "axis": ("0", "-1", "(0,)", "None"), "axes": ("0", "(0, 1)", "((0,), (0,))", "(1, 0)"), "keepdims": ("True",), "ddof": ("1",),
    "dtype": ("float", "np.float32", "complex"), "initial": ("0.5",), "where": ("np.array(True)", "np.ones(np.shape(x), bool)", EVERY_OTHER.replace("CALL", "x")),
    "order": ("'F'", "'C'"), "copy": ("True",), "mean": ("0.3",), "correction": ("1",), "returned": ("True",),
    "weights": ("np.arange(1.0, len(x) + 1)",), "keepaxes": (), "nan": ("1.0",), "posinf": ("0",), "neginf": ("0.5",),
    "left": ("0.3",), "right": ("0.2",), "period": ("0.7",), "endpoint": ("False",), "retstep": ("True",), "num": ("3",),
    "base": ("2.0",), "x": ("np.array([0.0, 1, 3, 4, 6])", "np.array([0.0, 1, 3])"), "dx": ("0.5",), "edge_order": ("2",),
    "discont": ("0.1",), "weights_": (), "minlength": ("7",), "range": ("(0.0, 2.0)",), "density": ("True",), "bins": ("2",),
    "kind": ("'stable'",), "stable": ("True",), "return_index": ("True",), "return_inverse": ("True",), "return_counts": ("True",),
    "equal_nan": ("False",), "sorted": ("True",), "casting": ("'unsafe'",), "subok": ("False",), "mode": ("'wrap'", "'same'", "'valid'", "'full'", "'clip'", "'r'", "'economic'"),
    "prepend": ("0.5",), "append": ("0.25",), "n": ("2", "4"), "to_end": ("0.5",), "to_begin": ("0.25",), "k": ("1", "-1"),
    "offset": ("1",), "axis1": ("1",), "axis2": ("0",), "start": ("1",), "writeable": ("False",), "indexing": ("'ij'",), "sparse": ("True",),
    "norm": ("'ortho'", "'forward'"), "s": ("(2, 4)",), "optimize": ("True",), "axisa": ("0",), "axisb": ("0",), "axisc": ("0",),
    "default": ("0.5",), "tol": ("1.0",), "deg": ("True",), "decimals": ("1",), "min": ("0.4",), "max": ("0.6",), "a_min": ("0.4",), "a_max": ("0.6",),
    "y": ("np.arange(5.0)",), "rowvar": ("False",), "bias": ("True",), "fweights": ("np.arange(1, np.shape(x)[-1] + 1)",),
    "aweights": ("np.arange(1.0, np.shape(x)[-1] + 1)",), "include_initial": ("True",), "method": ("'lower'", "'hazen'", "'midpoint'"),
    "interpolation": (), "overwrite_input": ("False",), "out": ("None", "np.zeros_like(CALL)"), "rcond": ("1e-9", "None"), "rtol": ("1e-9",), "atol": ("1e-12",), "hermitian": ("True",),
    "UPLO": ("'U'",), "upper": ("True",), "full_matrices": ("False",), "compute_uv": ("False",), "ord": ("1", "np.inf", "2"), "p": ("1", "-1"),
    "ind": ("1",), "exact": ("False",), "repetition": ("True",), "extend": ("'zero'", "'complex'"), "q": ("1.5",), "b": ("np.full(np.shape(x), 0.5)",),
    "return_sign": ("True",), "derivative": ("True",), "N": ("2",), "increasing": ("True",), "trim": ("'f'",), "m": ("2",), "full": ("True",), "w": ("np.arange(1.0, 6)",), "cov": ("True",),
    "tensor": ("False",), "trans": ("1", "'T'"), "lower": ("True",), "unit_diagonal": ("True",), "overwrite_a": ("False",), "overwrite_b": ("False",), "overwrite_ab": ("False",),
    "check_finite": ("False",), "assume_a": ("'gen'", "'pos'", "'upper triangular'"), "transposed": ("True",), "lwork": ("None",), "pivoting": ("True",),
    "eigvals_only": ("True",), "subset_by_index": ("[0, 1]",), "subset_by_value": ("[0.0, 9.0]",), "driver": ("None",), "type": ("1",), "turbo": (), "eigvals": (),
    "lapack_driver": ("'gesdd'",), "return_rank": ("True",), "cond": ("1e-9",), "permute_l": ("True",), "p_indices": ("True",), "r": ("np.arange(1.0, 4)",), "c_order": (),
    "disp": (), "blocksize": (), "device": ("None",), "shape": ("None",), "like": (), "newshape": (), "descending": ("True",), "permc_spec": ("None",), "use_umfpack": ("False",), "tri": (), "homogeneous": (),
    "threshold": ("1.0",), "constant_values": ("0.5",), "ndmin": (), "wrap": (), "invert": ("True",), "assume_unique": ("False",), "side": ("'right'",), "sorter": ("None",),
}  # fmt: skip
EMPTY = inspect.Parameter.empty


def outermost(text):
    """The call of a function of the table nearest to the top of an expression, and that function."""
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, ast.Call):
            try:
                function = eval(compile(ast.Expression(node.func), "", "eval"), NAMES)
            except Exception:
                continue
            if function in TABLE if getattr(function, "__hash__", None) else False:
                return node, function
    return None


def keywords(function):
    if isinstance(function, np.ufunc):
        # a mask makes SciPy's own write beyond their arrays, which ends the process later
        # (sp.gamma(x, where=mask, out=y) under MALLOC_CHECK_=3, SciPy 1.17)
        is_numpys = getattr(np, function.__name__, None) is function
        return ["dtype", "out", "where"] if is_numpys else ["dtype", "out"]
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    return [
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is not EMPTY
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]


def variants():
    for sample in SAMPLES:
        found = outermost(sample.text)
        if found is None:
            continue
        call, function = found
        given = {keyword.arg for keyword in call.keywords}
        told = keywords(function)
        given |= set(parameter_names(function)[: len(call.args)]) if told else set()
        for name in told:
            if name not in given:
                yield from with_keyword(sample, call, name)


def with_keyword(sample, call, name):
    """The sample with one keyword more, for each value of it that NumPy takes there."""
    whole, old = ast.unparse(ast.parse(sample.text, mode="eval")), ast.unparse(call)
    of_ufunc = isinstance(outermost(sample.text)[1], np.ufunc)
    for value in OF_UFUNCS.get(name, VALUES[name]) if of_ufunc else VALUES[name]:
        value = value.replace("CALL", old)
        new = f"{old[:-1]}{', ' if call.args or call.keywords else ''}{name}={value})"
        text = whole.replace(old, new, 1)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                function_of(text)(sample.x.copy())
        except Exception:
            continue
        yield pytest.param(text, sample.x, id=text)


def in_one(y):
    """The result as one vector of real numbers; of several results all that are no integers."""
    parts = y if isinstance(y, (tuple, list)) else [y]
    floats = [np.ravel(part) for part in parts if np.result_type(part).kind in "fc"]
    real = [
        piece
        for part in floats
        for piece in ((np.real(part), np.imag(part)) if np.iscomplexobj(part) else (part,))
    ]
    return np.concatenate([np.zeros(0), *real])


def function_of(text):
    call = eval(f"lambda x: {text}", NAMES | {"len": len})
    return lambda x: in_one(call(x))


def by_differences(f, x, direction):
    """The derivative along a line by differences of order 6, and how far off two steps are."""

    def slope(h):
        return (
            sum(
                c * (f(x + k * h * direction) - f(x - k * h * direction))
                for k, c in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
            )
            / h
        )

    wide, narrow = slope(3e-3), slope(1e-3)
    return narrow, np.max(np.abs(wide - narrow), initial=0.0)


@pytest.mark.parametrize(("text", "x"), list(variants()))
def test_value_and_derivative_with_this_keyword_are_numpys(text, x):
    f, direction = function_of(text), np.cos(1.0 + np.arange(x.size)).reshape(x.shape)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value = f(x.copy())
        expected, error = by_differences(f, x, direction)
        for method in ("forward", "reverse"):
            try:
                y, found = db.jvp(f, x, direction, method=method)
            except DiffbenchError:
                continue
            np.testing.assert_allclose(
                y, value, rtol=1e-5 if "float32" in text else 1e-10, atol=1e-12
            )
            if error <= 1e-6 * max(np.max(np.abs(expected), initial=0.0), 1e-3):
                size = max(
                    np.max(np.abs(expected), initial=0.0), np.max(np.abs(value), initial=0.0), 1e-3
                )
                loose = 1e-3 if "float32" in text else 1e-6
                np.testing.assert_allclose(found, expected, rtol=0, atol=loose * size + 10 * error)
