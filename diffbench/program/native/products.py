"""Matrix products in C: tiles that stay in registers where a side is short, SciPy's BLAS where all are long."""

from math import prod

from diffbench.program.native.layout import View

LARGEST_BY_LOOPS = 16_384  # multiplications; above that a call of BLAS pays
LEAST_FOR_BLAS = 32  # rows and columns: it is slow where one of the sides is short
LANES = 8  # numbers in a vector of the compiler
ROWS = 4  # of a matrix-vector product at a time


def product(a: View, b: View, c: View) -> list[str]:
    """C lines for c = a @ b with pointers a, b, c to the first entries; c is contiguous."""
    batch = c.shape[: len(c.shape) - (len(a.shape) > 1) - (len(b.shape) > 1)]
    if len(a.shape) == 1:
        a = View(a.memory, (1, *a.shape), (0, *a.strides))
    if len(b.shape) == 1:
        b = View(b.memory, (*b.shape, 1), (*b.strides, 0))
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    left, right = _batch_strides(a, len(batch)), _batch_strides(b, len(batch))
    body = _one(m, k, n, a.strides[-2:], b.strides[-2:])
    for depth in reversed(range(len(batch))):
        step = prod(batch[depth + 1 :]) * m * n
        moves = [f"const double *a_ = a + {left[depth]} * h, *b_ = b + {right[depth]} * h; double *c_ = c + {step} * h;"]
        body = [f"for (long h = 0; h < {batch[depth]}; h++) {{", *moves, "{ const double *a = a_, *b = b_; double *c = c_;", *body, "} }"]
    return body


def _batch_strides(x: View, depth: int) -> tuple[int, ...]:
    batch = tuple(0 if n == 1 else s for n, s in zip(x.shape[:-2], x.strides[:-2], strict=True))
    return (0,) * (depth - len(batch)) + batch


def _one(m: int, k: int, n: int, a: tuple[int, ...], b: tuple[int, ...]) -> list[str]:
    if n == 1:
        return _matrix_vector(m, k, a, b[0], "a", "b")
    if m == 1:
        return _matrix_vector(n, k, (b[1], b[0]), a[1], "b", "a")
    for_blas = 1 in a and 1 in b and min(*a, *b) > 0
    if for_blas and min(m, k, n) >= LEAST_FOR_BLAS:
        return _by_blas(m, k, n, a, b)
    if b[1] == 1 and n >= LANES:
        return _by_columns(m, k, n, a, b[0])
    if a[1] == 1 and b[0] == 1 and k >= LANES:
        return _by_dots(m, k, n, a[0], b[1])
    return _by_blas(m, k, n, a, b) if for_blas and m * k * n > LARGEST_BY_LOOPS else _by_numbers(m, k, n, a, b)


def _by_numbers(m: int, k: int, n: int, a: tuple[int, ...], b: tuple[int, ...], first: int = 0) -> list[str]:
    """One entry after the other, from column `first` on."""
    return [
        f"for (long i = 0; i < {m}; i++) for (long j = {first}; j < {n}; j++) {{ double s = 0;",
        f"for (long k = 0; k < {k}; k++) s += a[{a[0]} * i + {a[1]} * k] * b[{b[0]} * k + {b[1]} * j];",
        f"c[{n} * i + j] = s; }}",
    ]


def _by_columns(m: int, k: int, n: int, a: tuple[int, ...], step: int) -> list[str]:
    """Tiles of c that stay in registers while k runs."""
    lines, at = [], 0
    for width in (ROWS, 1):
        tiles = (n - at) // (LANES * width)
        stop = at + tiles * LANES * width
        for first, count, rows in _strips(m) if tiles else ():
            cells = [(r, w) for r in range(rows) for w in range(width)]
            lines += [f"for (long q = 0; q < {count}; q++) for (long j = {at}; j < {stop}; j += {LANES * width}) {{"]
            lines += [f"const long i = {first} + {rows} * q; Lanes {', '.join(f't{r}_{w} = {{0}}' for r, w in cells)};"]
            lines += [f"for (long k = 0; k < {k}; k++) {{"]
            lines += [f"const Lanes b{w} = *(const Lanes *)(b + {step} * k + j + {LANES * w});" for w in range(width)]
            lines += [f"t{r}_{w} += a[{a[0]} * (i + {r}) + {a[1]} * k] * b{w};" for r, w in cells]
            lines += ["}", *(f"*(Lanes *)(c + {n} * (i + {r}) + j + {LANES * w}) = t{r}_{w};" for r, w in cells), "}"]
        at = stop
    return [*lines, *(_by_numbers(m, k, n, a, (step, 1), at) if at < n else ())]


def _by_dots(m: int, k: int, n: int, row: int, column: int) -> list[str]:
    """Dot products, several rows with several columns at a time."""
    lines, whole = [], k - k % LANES
    for i0, i_count, rows in _strips(m):
        for j0, j_count, columns in _strips(n):
            cells = [(r, w) for r in range(rows) for w in range(columns)]
            lines += [f"for (long q = 0; q < {i_count}; q++) for (long p = 0; p < {j_count}; p++) {{"]
            lines += [f"const long i = {i0} + {rows} * q, j = {j0} + {columns} * p;"]
            lines += [f"Lanes {', '.join(f't{r}_{w} = {{0}}' for r, w in cells)};", f"for (long k = 0; k < {whole}; k += {LANES}) {{"]
            lines += [f"const Lanes a{r} = *(const Lanes *)(a + {row} * (i + {r}) + k);" for r in range(rows)]
            lines += [f"const Lanes b{w} = *(const Lanes *)(b + {column} * (j + {w}) + k);" for w in range(columns)]
            lines += [*(f"t{r}_{w} += a{r} * b{w};" for r, w in cells), "}"]
            for r, w in cells:
                rest = f"for (long k = {whole}; k < {k}; k++) s += a[{row} * (i + {r}) + k] * b[{column} * (j + {w}) + k];"
                total = " + ".join(f"t{r}_{w}[{lane}]" for lane in range(LANES))
                lines += [f"{{ double s = {total}; {rest} c[{n} * (i + {r}) + j + {w}] = s; }}"]
            lines += ["}"]
    return lines


def _strips(n: int) -> list[tuple[int, int, int]]:
    """(first, count, width) of strips of several, then of the one strip that is left."""
    strips = [(0, n // ROWS, ROWS), (n - n % ROWS, 1, n % ROWS)]
    return [strip for strip in strips if strip[1] and strip[2]]


def _matrix_vector(m: int, k: int, matrix: tuple[int, ...], step: int, a: str, x: str) -> list[str]:
    """m dot products of length k, some rows at a time; or k rows added up, where the matrix lies the other way."""
    row, along = matrix
    if row == 1 and along != 1 and m > 4:
        lines = [f"for (long i = 0; i < {m}; i++) c[i] = 0;"]
        for first, count, width in ((0, k // ROWS, ROWS), (k - k % ROWS, k % ROWS, 1)):
            scale = [f"const double s{r} = {x}[{step} * k + {r * step}];" for r in range(width)]
            terms = " + ".join(f"s{r} * {a}[{along} * k + {r * along} + i]" for r in range(width))
            lines += [f"for (long q = 0; q < {count}; q++) {{ const long k = {first} + {width} * q;", *scale, "#pragma omp simd"]
            lines += [f"for (long i = 0; i < {m}; i++) c[i] += {terms}; }}"]
        return lines
    lines = []
    for first, count, width in ((0, m // ROWS, ROWS), (m - m % ROWS, m % ROWS, 1)):
        sums = ", ".join(f"s{r}" for r in range(width))
        lines += [f"for (long q = 0; q < {count}; q++) {{ const long i = {first} + {width} * q; double {sums.replace(',', ' = 0,')} = 0;"]
        lines += [f"#pragma omp simd reduction(+:{sums})", f"for (long k = 0; k < {k}; k++) {{ const double t = {x}[{step} * k];"]
        lines += [f"s{r} += {a}[{row} * i + {r * row} + {along} * k] * t;" for r in range(width)]
        lines += ["}", *(f"c[i + {r}] = s{r};" for r in range(width)), "}"]
    return lines


def _by_blas(m: int, k: int, n: int, a: tuple[int, ...], b: tuple[int, ...]) -> list[str]:
    """Row after row is BLAS's column after column, so c' = b' a' is what it is asked for."""
    left, right = ("N", b[0]) if b[1] == 1 else ("T", b[1]), ("N", a[0]) if a[1] == 1 else ("T", a[1])
    return [
        f"int m = {n}, n = {m}, k = {k}, ldb = {max(left[1], 1)}, lda = {max(right[1], 1)}; double one = 1, zero = 0;",
        f'((Gemm)blas[0])("{left[0]}", "{right[0]}", &m, &n, &k, &one, (double *)b, &ldb, (double *)a, &lda, &zero, c, &m);',
    ]


TYPES = (
    f"typedef double Lanes __attribute__((vector_size({8 * LANES}), aligned(8), may_alias));\n"
    "typedef void (*Gemm)(char *, char *, int *, int *, int *, double *, double *, int *, double *, int *, double *, double *, int *);\n"
)
