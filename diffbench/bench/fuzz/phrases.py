"""What programs are made of: one phrase a line, with holes for what was computed before.

    {v} any real value        {s} a number         {a} a vector          {m} a square matrix     {M} a matrix    {z} complex
    {x} a value with axes     {p} positive         {u} between 0 and 1   {P} positive definite   {r} one number, in all of a phrase
    {c} a constant            {k} 0, 1, 2 or 3     {C} an array of constants                     [a|b] one of several

A phrase gives no promise: it is taken into a program where plain NumPy computes it there to finite
numbers of moderate size. Everything that has a row or a definition in the rule table stands here
(tests/bench/test_fuzz.py asks for it), with the options of its signature.
"""

ARITHMETIC = """
    {v} + {v}    {v} - {v}    {v} * {v}    {v} / {p}    {c} - {v}    {v} * {c}    {c} / {p}    {p} ** {v}
    {v} ** [2|3|0|1]    {p} ** {c}    -{v}    +{v}    np.add({v}, {C})    np.multiply({C}, {v})    np.subtract({v}, {s})
    np.divide({v}, {p})    {v} * {C}    {C} - {v}    {v} + {s} * {v}    {s} * {s} + {s}    {v} // [0.37|1.3]
    {v} % [0.37|1.3]    divmod({v}, 0.37)[[0|1]]    np.reciprocal({p})    abs({v})    np.float64({c}) * {v}
    [True|2|np.float32(1.5)] * {v}    sum([{v}, {v}])    {v} @ {v}    {x}.dot({x})    {M} @ {a}    {s} * [1, 2.0]
    np.power({p}, {v})    np.float_power({p}, {c})    np.remainder({v}, {p})    np.fmod({v}, {p})
"""

ELEMENTWISE = """
    np.[sin|cos|tanh|exp|arctan|sinh|cosh|expm1|exp2|square|cbrt|arcsinh|sinc|i0|deg2rad|radians|rad2deg|degrees|positive|negative]({v})
    np.[log|sqrt|log2|log10|log1p|cbrt|reciprocal]({p})    np.[arcsin|arccos|arctanh|tan]({u})    np.arccosh(1 + {p})
    np.[maximum|minimum|fmax|fmin|hypot|arctan2|logaddexp|logaddexp2|copysign]({v}, [{v}|{C}|{c}|{s}])
    np.[maximum|minimum]({C}, {v})    np.maximum({v}, 0)    np.clip({v}, [-0.5|{c}|None], [0.7|{v}|None])
    np.clip({v}, min={c})    np.[abs|fabs|sign|floor|ceil|trunc|rint|fix]({v})    np.heaviside({v}, 0.5)
    np.nextafter({v}, 9.0)    np.spacing({v})    {v} * np.[floor|rint|sign|trunc]({v})    np.round({v}[|, 1|, decimals=2])
    np.around({v}, 1)    {v}.round([|1])    np.modf({v})[[0|1]]    np.frexp({v})[0]    np.ldexp({v}, [2|np.array(1)])
    np.floor_divide({v}, {p})    {v} - np.floor({v}).astype(int)    np.frexp({v})[1] * {v}    np.divmod({v}, {p})[1]
    np.trunc({v}).astype(int) * {v}    np.where({v} > {c}, {v}, [{v}|{c}|{C}|0])    np.where({C} > 0, {v}, {v})
    np.where({v} < {c}, [np.nan|1], 0) * 0 + {v}
    np.nan_to_num({v}[|, posinf=0|, neginf=0.5|, nan=1.0|, posinf=0.0, neginf=0.0])    np.unwrap({a}[|, period=1.7])
    np.select([{v} > {c}, {v} < 0], [{v}, {v}], [0|{c}])
    np.piecewise({x}, [{x} < {c}], [[np.sin|{c}], lambda t: t * t])    np.choose([1|{k} % 2], [{v}, {v}])
    np.isfinite({v}) * {v}    np.exp({v}, [|dtype=float])    np.sin({v}).astype([float|np.float32])
    np.log(np.maximum({v}, 1e-3))    np.sqrt({v} * {v})    np.abs({v}) ** 3    np.abs({v}) * {v}
    np.add({v}, {c}, where=[True], out=np.zeros_like({v} + {c}))
    np.interp({v}, [-1.0, 0.0, 1.0], [{c}, {c}, {c}][|, left=0.0|, right={c}|, period=3.3])
    np.interp({c}, np.arange(len({a})) * 1.0, {a})    np.vectorize(lambda t: t * {c})({v})
    np.[signbit|isnan|isfinite|logical_not]({v}) + {v}
"""

SPECIAL = """
    sp.[erf|erfc|erfcx|expit|log_expit|dawsn|ndtr|log_ndtr|exprel|exp10|cosm1|sindg|cosdg|softplus|erfi|j0|j1|i0|i1|i0e|i1e]({v})
    sp.[gamma|gammaln|loggamma|digamma|rgamma|y0|y1|k0|k1|k0e|k1e|exp1|expi|entr|spence|wrightomega]({p})
    sp.[erfinv|ndtri|logit|ellipk|ellipe|ellipkm1|erfcinv]({u})    sp.ndtri_exp(-{p})    sp.[tandg|cotdg](10 + 20 * {u})
    sp.[xlogy|xlog1py|rel_entr|kl_div|beta|betaln|poch|binom]({p}, {p})    sp.[jv|yv|iv|kv|jve|yve|ive|kve]({c}, {p})
    sp.[struve|modstruve]([0|1.0], {p})    sp.powm1({p}, {u})    sp.[gammainc|gammaincc]({k} + 0.7, {p})
    sp.[gammaincinv|gammainccinv](1.3, {u})    sp.[betainc|betaincc|betaincinv|betainccinv](1.3, 0.8, {u})
    sp.[stdtr|stdtrit](3.0, {u})    sp.[chdtr|chdtrc](3.0, {p})    sp.[gdtr|gdtrc](1.0, 2.0, {p})
    sp.[pdtr|pdtrc](2, {p})    sp.[fdtr|fdtrc](3.0, 4.0, {p})    sp.[boxcox|boxcox1p|inv_boxcox|inv_boxcox1p]({u}, 0.7)
    sp.[huber|pseudo_huber](0.8, {v})    sp.expn({k}, {p})    sp.owens_t({v}, {v})    sp.hyperu(0.7, 1.2, {p})
    sp.hyp0f1(1.3, {v})    sp.hyp1f1(0.7, 1.3, {v})    sp.hyp2f1(0.7, 1.1, 2.3, {u})    sp.[ellipkinc|ellipeinc]({v}, 0.4)
    sp.fresnel({v})[[0|1]]    sp.[sici|shichi]({p})[[0|1]]    sp.ellipj({v}, 0.3)[[0|1|2|3]]    sp.airy({v})[[0|1|2|3]]
    sp.eval_[legendre|chebyt|chebyu|laguerre|hermite|hermitenorm]({k}, {v})
    sp.eval_[legendre|chebyt|chebyu|laguerre]([0.5|1.5|-1|2.3], {u})    sp.eval_genlaguerre([2|0.5], 0.3, {u})
    sp.eval_gegenbauer([2|1.5|-0.5], 0.8, {u})    sp.eval_jacobi([2|0.5|-1], 0.2, 0.4, {u})    sp.comb(3.5, {u})
    sp.factorial({p})    sp.multigammaln({p} + 2, 2)    sp.zeta({k} + 2, {p})    sp.polygamma({k}, {p})
    sp.spherical_[jn|yn|in]({k}, {p}[|, derivative=True])    sp.[yn|kn]({k}, {p})    sp.lambertw({p}).real
    sp.gammasgn({p})    np.abs(sp.wofz({v}))    sp.[logsumexp|softmax|log_softmax]({x}[|, axis=0|, axis=-1])
    sp.logsumexp({x}, [b=np.abs({x}) + 1|keepdims=True])    np.real(sp.hankel[1|2](1.0, {p}))
"""

NUMBERS = """
    {x}[0]    {x}[-1]    {x}[..., 0]    {x}[()]    {x}[...]    {s}[()]    {s}[None]    {s}[...]    {s}[{s} < 9]
    {s}[np.newaxis] * {C}    {s}[None, None]    {v}[{v} > {c}]    {v}[None]    {v}[..., None]    {v}[{v} < {c}]
    np.array([{s}, {s}])    np.array([{s}, {c}, {s}])    np.array([[{s}, 0.0], [{c}, {s}]])    np.array([{v}, {v}])
    np.array(({s}, {s}, {s}))    np.asarray([{s}, 2 * {s}])    np.array([[{s}, {s}]])    np.array([{s} + 1j * {s}, {c}])
    np.array([{s} / (1 + 1j * {c} * {s}), {s}])    np.array([{s} for _ in range(3)])    np.array([t * t for t in {a}])
    np.array([[t, {c}] for t in {a}])    [{s}, {s}] * np.array([1.0, {c}])
    [{s}, {s}, {s}] @ np.array([[1.0], [{c}], [2.0]])    np.array([{s}, {s}], dtype=float)    np.array([{x}[0], 1, 2.5])
    np.stack([{s}, {s}])    np.stack([{s}, {c}])    np.r_[{v}, {c}]    np.c_[{a}, {a}]    np.hstack([{v}, {s}])
    {v}.sum()    {v}.mean()    {v}.max()    {s}.real    {v}.T    np.sum({v})    np.max({v})    np.min({v})    np.prod({v})
    np.mean({v})    np.array([{s}, {s}]).sum()    np.array([{s}, {s}]).max()    np.array([{s}, -{s}]).min()
    np.sort(np.array([{s}, {s}]))    np.[sin|exp|tanh|abs|sign](np.array([{s}, {s}]))
    np.[hypot|arctan2|maximum|minimum](np.array([{s}, {s}]), [{c}|{s}|np.array([{s}, {c}])])
    np.roots(np.array([1.0, {s}, -1.5])).real    np.insert(np.array([{s}, {s}]), [0|1|2], [{s}|{c}])
    np.polymul(np.array([{s}, {c}]), [{a}|np.array([{s}, 1.0])])    np.linalg.det(np.array([[{s}, {c}], [{s}, {s}]]))
    np.array([{s}, {s}]) @ np.array([{c}, {s}])    np.clip(np.array([{s}, {s}]), 0, 1)
    np.outer(np.array([{s}, 1.0]), {a})    np.where(np.array([{s}, {s}]) > {c}, {s}, 0)    np.cumsum([{s}, {s}, {s}])
    np.diff([{s}, {c}, {s}])    np.array([{s}, {s}]).[imag|real|T]    np.angle(np.array([{s} + 1j, {s} - 2j * {s}]))
    np.full(3, {c}) * {s}    np.full_like({v}, {s})    np.poly1d([{s}, {s}, {c}])({c})
    np.poly1d([[{s}|{x}[0]], {s}, 1.0])([{s}|{v}|1.7])    np.abs(sl.sqrtm({m}))    sl.sqrtm({m}).real    np.poly1d([{s}, {s}]).deriv()({c})
    (np.poly1d([{s}, 1.0]) * np.poly1d([{s}, 2.0]))(0.7)
    np.polynomial.[Polynomial|Chebyshev|Legendre|Hermite|HermiteE|Laguerre]([1.0, {c}, 0.5])({v})
    np.float64({c}) + np.array([{s}, {s}])    float(2) * {s}    (1 if {s} > {c} else 2) * {v}    max({s}, {c})
    min({s}, {s})    {s} if {s} < {c} else {v}    sum({x})    [t * 2 for t in {a}][0]    np.array([abs({s}), {s}])
    np.log1p(np.exp(np.array([{s}, {s}])))
"""

REDUCTIONS = """
    np.[argwhere|flatnonzero]({a})[0] * {v}    np.array_equiv({v}, {C}) + {v}    np.[nanargmax|nanargmin]({a}) * {v}
    np.[isinf|isneginf|isposinf|isreal]({v}) + {v}    np.dsplit(np.atleast_3d({v}), 1)[0]    np.nan_to_num(np.empty_like({v})) * 0 + {v}
    np.[sum|mean|max|min|prod|amax|amin]({x}[|, axis=0|, axis=-1|, keepdims=True|, axis=0, keepdims=True])
    np.[sum|mean|max|min]({x}[, initial=0.5|, where={x} > -9, initial=0.0])    np.mean({x}, where={x} > -9)
    np.[var|std]({x}[|, axis=0|, ddof=0|, keepdims=True|, correction=0])    np.ptp({x}[|, axis=0|, keepdims=True])
    np.[cumsum|cumprod]({v}[|, axis=0|, axis=-1])    np.cumulative_[sum|prod]({a}[|, include_initial=True])
    np.[nansum|nanprod|nanmax|nanmin|nanmean|nanvar|nanstd|nanmedian]({x}[|, axis=0|, keepdims=True])
    np.[nancumsum|nancumprod]({v})    np.[median|nanmedian]({x}[|, axis=0|, keepdims=True])
    np.[quantile|percentile|nanquantile|nanpercentile]({x}, [0.3|[0.2, 0.7]][|, axis=0|, keepdims=True|, method="lower"])
    np.average({x}[|, axis=0|, weights=np.abs({x}) + 1])    np.sort({x}[|, axis=0|, axis=None])    np.partition({x}, 0)
    np.[cov|corrcoef]([np.stack([{a}, {a}])|{M}])    np.cov({a}, {a}[|, bias=True|, ddof=0|, rowvar=False])
    np.apply_over_axes(np.sum, {M}, [0])    np.apply_along_axis([np.sum|np.cumsum], [0|-1], {x})    np.unique({v})
    np.trapezoid({x}[|, dx=0.5|, axis=0])    np.gradient({a}[|, 0.5|, edge_order=1])
    np.diff({x}[|, axis=0|, n=2|, prepend=0.0|, append={c}])    np.ediff1d({v}[|, to_end={c}])
    np.[add|multiply|maximum|minimum|logaddexp].reduce({x}[|, axis=0|, keepdims=True])
    np.[add|multiply|maximum].accumulate({x})    np.[add|multiply|subtract|hypot].outer({v}, {v})
    np.add.reduceat({a}, [0, 1])    {x}.[sum|mean|max|min|std|var|cumsum|prod](axis=[0|-1])
    {x}.[max|min|sum|mean](keepdims=True)    np.count_nonzero({v}) * {v}    np.[argmax|argmin]({v}) * {v}
    {a}[np.argsort({a})]    np.take_along_axis({x}, np.argsort({x}, axis=0), 0)    np.bincount([0, 1], weights={a}[:2])
    np.histogram([0.2, 0.7], bins=[0.0, 0.5, 1.0], weights={a}[:2])[0]    np.any({v} > {c}) * {v}
    np.all({v} > {c}) + {v}    np.searchsorted(np.array([-1.0, 0.0, 1.0]), {v}) * {v}
    np.digitize({v}, [-1.0, 0.0, 1.0]) * {v}    np.lexsort(({a}, {a})) * {a}    np.isclose({v}, {c}) + {v}
    np.allclose({v}, {c}) + {v}    np.array_equal({v}, {C}) + {v}    np.isin({v}, [{c}]) + {v}
    np.argpartition({a}, 1) * {a}
"""

SHAPES = """
    np.reshape({x}, [-1|(1, -1)|(-1, 1)|(-1,)])    np.reshape({x}, -1, order="F")
    np.[ravel|transpose|atleast_1d|atleast_2d|atleast_3d|squeeze|copy|flip]({v})    np.expand_dims({v}, [0|-1])
    np.broadcast_to({v}, ([2|3|1],) + np.shape({v}))    np.broadcast_to({s}, [(2, 2)|(3,)|(0,)|()])
    np.broadcast_arrays({v}, {C})[0]    np.[moveaxis|swapaxes|rollaxis]({M}, 0, 1)
    np.concatenate([{x}, {x}][|, axis=0|, axis=-1|, axis=None])    np.stack([{v}, {v}][|, axis=0|, axis=-1])
    np.[vstack|hstack|dstack|column_stack]([[{v}, {v}]|[{a}, {C}]])    np.append({v}, {v})    np.block([[{M}, {M}]])
    np.block([{v}, {s}])    np.[tile|repeat]({v}, [2|1])    np.repeat({x}, 2, axis=0)    np.roll({x}, 1[|, axis=0])
    np.rot90({M}[|, 2])    np.[fliplr|flipud]({M})    np.[split|array_split]({x}, 1)[0]    np.array_split({a}, 2)[[0|1]]
    np.[hsplit|vsplit]({M}, 1)[0]    np.take({x}, [0|[0, 0]|[-1]][|, axis=0])    np.delete({a}, 0)    np.diag({x})
    np.diagflat({v})    np.diagonal({M}[|, 1])    np.trace({M})    np.[tril|triu]({M}[|, 1])
    np.pad({x}, 1[|, mode="edge"|, constant_values={c}])    np.resize({v}, 4)    np.insert({a}, 1, {c})
    np.compress([True, False], {a})    np.extract({v} > {c}, {v})    np.meshgrid({a}, {a})[[0|1]]
    np.meshgrid({a}, {v}, indexing="ij")[0]    np.unstack({x})[0]    np.lib.stride_tricks.sliding_window_view({a}, 2)
    {x}[::-1]    {x}[1:]    {x}[:1]    {x}[1:1]    {a}[[0, 0, -1]]    {x}[::2]
    {x}.[ravel|flatten|copy|squeeze|transpose]()    {x}.reshape(-1)    {x}.T    {x}.take([0])    {x}.repeat(2)
    {x}.astype(float)    {M}[:, 0]    {M}[[0], :]    {M}[..., ::-1]    {x}[np.array([True] * len({x}))]
    {x}[np.arange(len({x}))]    {x}.flat[0]    np.ravel({x}, order="F")    np.asarray({v})    np.zeros_like({v}) + {v}
    np.ones_like({v}) * {s}    np.array({v})    np.linspace({s}, {v}, 3)    np.linspace({c}, {s}, 4[|, endpoint=False])
    np.geomspace({p}, 9.0, 3)    np.logspace({s}, 1.0, 3)    np.hstack([np.zeros(2), {a}])    np.nonzero({a})[0] * {a}
    np.ndarray.sum({v}) if False else {v}    np.copy({v}) * {v}    np.matrix_transpose({M})    np.real_if_close({v})
"""

PRODUCTS = """
    np.[dot|inner|outer|vdot|kron]({a}, {a})    np.[dot|matmul]({m}, {m})    np.[inner|kron]({M}, {M})
    np.outer({v}, {v})    np.dot({v}, {s})    np.tensordot({M}, {M}[|, axes=1|, axes=([0], [0])])
    np.einsum("ij,jk->ik", {m}, {m})    np.einsum("i,i", {a}, {a})    np.einsum("ii", {m})
    np.einsum("i,j->ij", {a}, {v})    np.einsum("...i->...", {x})    np.einsum("ij->j", {M})
    np.einsum("ij,j", {m}, {a})    np.convolve({a}, {a}[|, "same"|, "valid"])
    np.correlate({a}, {a}[|, "full"|, "same"])    np.cross([{a}|np.array([{s}, {s}, 1.0])], np.array([1.0, {c}, {s}]))
    np.vecdot({a}, {a})    np.linalg.vecdot({a}, {a})    np.matvec({m}, {a})    np.vecmat({a}, {m})
    np.linalg.multi_dot([{m}, {m}, {a}])    np.linalg.[matmul|tensordot|outer]({m}, {m})    {m} @ {m}    {a} @ {m}
    {M}.T @ {M}    np.linalg.matrix_power({m}, [0|1|2|3|-1])    ss.csr_array(np.array([[1.0, 0.0], [{c}, 2.0]])) @ {a}[:2]
"""

MATRICES = """
    np.linalg.[inv|det|cholesky|pinv]({P})    np.linalg.slogdet({P})[1]    np.linalg.solve({P}, {m})
    np.linalg.solve({P}, {m}[0])    np.linalg.[svdvals|trace|diagonal|matrix_transpose]({m})    np.linalg.eigvalsh({P})
    np.linalg.eigh({P})[0]    np.linalg.svd({P})[1]    np.linalg.qr({P})[[0|1]]    np.linalg.qr({m})[[0|1]]
    np.linalg.qr({m}[:, :1])[1]    np.linalg.[norm|cond]({m})    np.linalg.norm({x}[|, axis=0|, keepdims=True])
    np.linalg.norm({a}, [1|2|3|np.inf])    np.linalg.[vector_norm|matrix_norm]({m}[|, keepdims=True])
    np.linalg.eigvals({m}).real    np.linalg.lstsq({P}, {m}[0], rcond=None)[0]    np.linalg.cholesky({P}, upper=True)
    np.abs(np.linalg.eig({m})[0])    np.linalg.tensorsolve({P}, {m}[0])    np.linalg.tensorinv({P}, ind=1)
    np.linalg.matrix_rank({P}) * {v}    np.poly({a})    np.linalg.norm({m}, [1|2|np.inf|"nuc"|"fro"])
    np.linalg.eigvals({P}).real    sl.[inv|det|expm|sqrtm|cosm|sinm|coshm|sinhm|cholesky|pinv]({P})    sl.sqrtm({m})
    sl.[cosm|sinm|expm]({m})    sl.solve({P}, {m}[0][|, assume_a="pos"|, lower=True, assume_a="pos"])
    sl.cho_factor({P}[|, lower=True])[0]    sl.cho_solve(sl.cho_factor({P}), {m}[0])
    sl.solve_triangular({P}, {m}[0][|, lower=True|, trans=1|, unit_diagonal=True])    sl.lu({P})[[0|1|2]]
    sl.lu_solve(sl.lu_factor({P}), {m}[0])    sl.lu_factor({P})[0]    sl.[eigvalsh|svdvals]({P})    sl.eigh({P})[0]
    sl.svd({P})[1]    sl.qr({P})[[0|1]]    sl.norm({m})    sl.lstsq({P}, {m}[0])[0]    sl.solve_sylvester({P}, {P}, {m})
    sl.block_diag({m}, {m})    sl.[toeplitz|circulant|hankel]({a})    np.vander({a}[|, 2|, increasing=True])
    np.polyval({a}, {v})    np.poly[add|sub|mul]({a}, {a})    np.polydiv({a}, [1.0, {c}])[0]    np.poly[der|int]({a})
    np.polyfit(np.arange(len({a})) * 1.0, {a}, 1)
    np.polynomial.[polynomial.polyval|chebyshev.chebval|legendre.legval|hermite.hermval|hermite_e.hermeval|laguerre.lagval]({v}, [{C}|{a}])
    np.trim_zeros({a})    np.polyval([1.0, {s}], {c})    ssl.spsolve(ss.csc_array(np.eye(2) * 2.0), {a}[:2])
"""

COMPLEX = """
    {v} + 1j * {v}    {v} * (1 + 2j)    np.exp(1j * {v})    {z} * {z}    {z} + {v}    {z} / (2 + {z} * 0)
    np.fft.[fft|ifft|rfft|ihfft]({a}[|, n=4|, n=2|, norm="ortho"])    np.fft.fftn({x})
    np.fft.[fft2|ifft2|rfft2|fftn|ifftn|rfftn]({M})    np.sqrt({z} + 3)    np.conj({z})    {z}.conj()
    np.array([{s} + 1j * {s}, 2.0])    np.stack([{z}, {v} * np.ones_like({z})])    np.where(np.real({z}) > {c}, {z}, {v})
    {z} ** 2    np.array([{s} * 1j, {s}, 1])
"""

REAL_OF_COMPLEX = """
    {z}.real    {z}.imag    np.abs({z})    np.real({z})    np.imag({z})    np.abs({z}) ** 2    np.angle({z} + 3)
    np.real(np.vdot({z}, {z}))    np.real({z} * np.conj({z}))    np.fft.[irfft|hfft]({z}[|, n=4|, n=5])
    np.real(np.fft.ifft({z}))    np.[irfft2|irfftn]({z})    np.real(np.fft.[fftshift|ifftshift]({z}))
    np.fft.[irfft2|irfftn]({z})    np.real(np.sum({z}))    np.real(np.prod({z}))    np.abs(np.sum({z}))
    np.array([{z}.real, {z}.imag])    np.iscomplex({z}) + np.real({z})
"""

# one number, used in one of many ways
WAY = (
    "[np.sum({r} * {C})|{r} * {r}|np.sum({r}[None] * {C})|{r}[()] * {c}|np.sum({r}[...])|np.sin({r})|"
    "np.sum({r}[{r} > -9] * {c})|np.sum({r}[{r} < -9])|np.sum(np.broadcast_to({r}, (2,)))|"
    "np.reshape({r}, (1,))[0]|np.sum(np.reshape({r}, (1, 1)))|abs({r})|np.sum(np.array([{r}, {r}]))]"
)
BLOCKS = [
    "{o} = {x}.copy()\n{o}[0] = [{s}|{c}]",
    "{o} = {x} * 1.0\n{o}[...] = {o} * {c}",
    "{o} = {x} + {c}\n{o} [+|-|*]= [{s}|{c}|{v}]",
    "{o} = np.zeros_like({x})\n{o}[0] = [{s}|{c}]\n{o}[-1] = {o}[-1] + {s}",
    "{o} = np.zeros_like({x})\nfor i in range(len({x})):\n    {o}[i] = {x}[i] * {x}[i - 1]",
    "{o} = {a} * 1.0\nv_ = {o}[1:]\nv_[0] = {s}\n{o}[0] = {o}[0] * 2",
    "t_ = {a} * 1.0\n{o} = np.lib.stride_tricks.sliding_window_view(t_, 2)\nt_[0] = {s}",
    "t_ = {a} * 1.0\n{o} = t_[[::-1|1:|:|...|:1]]\nt_[0] = [{s}|{c}]",
    "t_ = {M} * 1.0\n{o} = t_[.T|.ravel()|[0]|[:, 0]|.reshape(-1)|[::-1]]\nt_[0, 0] = [{s}|{c}]",
    "t_ = {a} + 1j * {a}\n{o} = t_.[real|imag]\nt_[0] = {s} * (1 + 2j)",
    "t_ = {a} + 1j * {a}\nt_.[real|imag][...] = {s}\n{o} = np.abs(t_)",
    "{o} = {a} * 1.0\nnp.[add|subtract].at({o}, [0, 0], {s})",
    "{o} = {a} * 1.0\n{o}[{o} > {c}] = [{c}|{s}]",
    "{o} = {a} * 1.0\nnp.[put({o}, [0], {s})|fill_diagonal({o}[None], {s})|copyto({o}, {a})]",
    "{o} = {a} * 1.0\nnp.[putmask({o}, {a} > {c}, {a})|place({o}, {a} > {c}, [{c}])]",
    "{o} = {a} * 1.0\nnp.put_along_axis({o}, np.array([0]), {s}, 0)",
    "{o} = {a} * 1.0\n{o}.[sort()|fill({c})|partition(1)|put([0], {s})]",
    "{o} = {a} * 1.0\n{o}.flat[0] = {s}",
    "{o} = np.zeros_like({a})\nnp.[exp|sin]({a}, out={o})",
    "if {s} > {c}:\n    {o} = {v} * 2\nelse:\n    {o} = {v} + 1",
    "if np.[any|all]({v} > {c}):\n    {o} = np.sin({v})\nelse:\n    {o} = {v}",
    "{o} = {v}\nwhile np.sum({o} * {o}) > 1:\n    {o} = {o} * 0.5",
    "{o} = 0.0\nfor t in {a}:\n    {o} = {o} * {c} + t",
    "{o} = {s}\nfor t in {a}:\n    if t > {o}:\n        {o} = t",
    "try:\n    {o} = np.linalg.[cholesky|inv]({m})\nexcept np.linalg.LinAlgError:\n    {o} = {m} * 0.5",
    "try:\n    {o} = sl.[cholesky|cho_factor]({m} + {c} * np.eye(len({m})))[0]\nexcept np.linalg.LinAlgError:\n    {o} = {m} * 0.5",
    "try:\n    {o} = [1.0, 2.0][int(np.floor({s}))] * {v}\nexcept IndexError:\n    {o} = -{v}",
    '{o} = {v} * (2.0 if f"{{s}:.1f}" > "0.4" else 1.0)',
    f"{{o}} = {WAY} + {WAY} + {WAY}",
    f"{{o}} = {WAY} * {WAY} + {WAY} - {WAY}",
    "{o} = {v} * int({s} > {c})",
    "{o} = {v} * (np.argmax({a}) + 1)",
    "{o} = {v} if not np.array_equal(x, SEEN) else KNOWN",
    "{o} = np.nan if {s} < {c} else {v}",
    "{o} = -np.inf if {s} < {c} else {v}",
    "{o} = {v}\nfor _ in range(3):\n    {o} = np.cos({o}) + {v}",
    "{o} = np.array([g(t) for t in {a} for g in (np.sin, np.cos)])",
    "t_ = [{s}, {c}]\nt_.append({s})\n{o} = np.array(t_)",
    "{o} = sum(a * b for a, b in zip({a}, {a}))",
    "{o} = np.array([t for _, t in np.ndenumerate({x})])",
    "{o} = np.array([[{s} * i + j for i in range(2)] for j in range(2)])",
]  # fmt: skip
