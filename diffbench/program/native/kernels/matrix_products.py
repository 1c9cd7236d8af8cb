"""Matrix products in C: tiles that stay in registers where a side is short, SciPy's BLAS where all
are long.

    t0_0 += a[i, k] * b[k, j:j+8]     _by_columns: a tile of c, eight columns a vector
    t0_0 += a[i, k:k+8] * b[k:k+8, j]     _by_dots: a tile of sums in eight lanes each

Products and sums are contracted (fused multiply-add), as in BLAS.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from diffbench.program.native.kernels.layout import View
from diffbench.program.native.kernels.strips import Extent

LARGEST_BY_LOOPS = 16_384  # multiplications; above that a call of BLAS pays
LEAST_FOR_BLAS = 32  # rows and columns: it is slow where one of the sides is short
LANES = 8  # numbers in a vector of the compiler
ROWS = 4  # of a tile, and vectors of its other side
WIDTHS = (4, 5, 6, 3)  # vectors of a tile's other side, where they leave nothing over


@dataclass(frozen=True)
class Product:
    """One product of the batch: m rows, k terms, n columns; strides (row, column) of each side, of
    c from row to row.
    """

    m: Extent
    k: Extent
    n: Extent
    a: tuple[int, int]
    b: tuple[int, int]
    c: int
    store: str  # "=", or "+=" for what is summed over strips

    def scaled(self, power: int) -> str:
        """Cotangents that vanish are denormal numbers on the way, which take the processor 150
        cycles each: sums over strips are computed 2^64 times as large. Nothing is rounded by that;
        what overflows is seen after the group.
        """
        return f" * 0x1p{power}" if self.store == "+=" else ""


def product(
    a: View, b: View, c: View, extent: Callable[[Any, int], Extent], store: str
) -> list[str]:
    """C lines for c = a @ b, or c += a @ b, with pointers a, b, c to the first entries.

    extent(index, n): how far the loops run over rows "i", columns "j", terms "k" and batches 0, 1,
    ...
    """
    depth = len(c.shape) - (len(a.shape) > 1) - (len(b.shape) > 1)
    steps = c.strides[:depth]
    row = c.strides[depth] if len(a.shape) > 1 else 0
    if len(a.shape) == 1:
        a = View(a.memory, (1, *a.shape), (0, *a.strides))
    if len(b.shape) == 1:
        b = View(b.memory, (*b.shape, 1), (*b.strides, 0))
    m, k, n = extent("i", a.shape[-2]), extent("k", a.shape[-1]), extent("j", b.shape[-1])
    body = _one(
        Product(m, k, n, (a.strides[-2], a.strides[-1]), (b.strides[-2], b.strides[-1]), row, store)
    )
    left, right = _batch_strides(a, depth), _batch_strides(b, depth)
    for d in reversed(range(depth)):
        moves = [
            f"const double *a_ = a + {left[d]} * h, *b_ = b + {right[d]} * h; double *c_ = c + "
            f"{steps[d]} * h;"
        ]
        loop = f"for (long h = 0; h < {extent(d, c.shape[d]).text}; h++) {{"
        body = [loop, *moves, "{ const double *a = a_, *b = b_; double *c = c_;", *body, "} }"]
    return body


def _batch_strides(x: View, depth: int) -> tuple[int, ...]:
    batch = tuple(0 if n == 1 else s for n, s in zip(x.shape[:-2], x.strides[:-2], strict=True))
    return (0,) * (depth - len(batch)) + batch


def _one(p: Product) -> list[str]:
    if p.n.most == 1:  # c' = b' a'
        swapped = _row_times_matrix(replace(p, m=p.n, n=p.m, a=p.b[::-1], b=p.a[::-1]))
        return [
            "const double *left = b, *right = a; { const double *a = left, *b = right;",
            *swapped,
            "}",
        ]
    if p.m.most == 1:
        return list(_row_times_matrix(p))
    for_blas = 1 in p.a and 1 in p.b and min(*p.a, *p.b) > 0
    if for_blas and min(p.m.most, p.k.most, p.n.most) >= LEAST_FOR_BLAS:
        return _by_blas(p)
    if p.b[1] == 1 and p.n.most >= LANES:
        return list(_by_columns(p))
    if p.a[1] == 1 and p.b[0] == 1 and p.k.most >= LANES:
        return list(_by_dots(p))
    return (
        _by_blas(p)
        if for_blas and p.m.most * p.k.most * p.n.most > LARGEST_BY_LOOPS
        else _by_numbers(p)
    )


def _by_numbers(p: Product, first: str = "0") -> list[str]:
    """One entry after the other, from column `first` on."""
    return [
        f"for (long i = 0; i < {p.m.text}; i++) for (long j = {first}; j < {p.n.text}; j++) "
        f"{{ double s = 0;",
        f"for (long k = 0; k < {p.k.text}; k++) s += a[{p.a[0]} * i + {p.a[1]} * k] * b[{p.b[0]} * "
        f"k + {p.b[1]} * j];",
        f"c[{p.c} * i + j] {p.store} s; }}",
    ]


def _by_columns(p: Product) -> Iterator[str]:
    """Tiles of c that stay in registers while k runs."""
    at, vectors = "0", p.n.most // LANES
    widest = next((width for width in WIDTHS if vectors % width == 0), ROWS)
    for width in (width for width in (widest, 1) if vectors >= width):
        stop = f"{p.n.text} / {LANES * width} * {LANES * width}"
        for rows, row in _runs(p.m, "i"):
            yield f"{row} for (long j = {at}; j < {stop}; j += {LANES * width}) {{"
            yield f"Lanes {_zeros(rows, width)}; for (long k = 0; k < {p.k.text}; k++) {{"
            yield from (
                f"const Lanes b{w} = *(const Lanes *)(b + {p.b[0]} * k + j + {LANES * w});"
                for w in range(width)
            )
            yield from (
                f"t{r}_{w} += a[{p.a[0]} * (i + {r}) + {p.a[1]} * k] * b{w};"
                for r, w in _cells(rows, width)
            )
            yield "}"
            yield from (
                f"*(Lanes *)(c + {p.c} * (i + {r}) + j + {LANES * w}) {p.store} t{r}_{w};"
                for r, w in _cells(rows, width)
            )
            yield "}"
        at = stop
    if p.n.divisor % LANES:
        yield from _by_numbers(p, at)


def _by_dots(p: Product) -> Iterator[str]:
    """Dot products, several rows with several columns at a time."""
    for columns, column in _runs(p.n, "j", LANES):
        for rows, row in _runs(p.m, "i", ROWS if columns <= ROWS else ROWS // 2):
            cells = _cells(rows, columns)
            yield f"{row} {column} {{ Lanes {_zeros(rows, columns)}; const long whole = {p.k.text} / {LANES} * {LANES};"
            yield f"for (long k = 0; k < whole; k += {LANES}) {{"
            yield from (
                f"const Lanes a{r} = *(const Lanes *)(a + {p.a[0]} * (i + {r}) + k){p.scaled(64)};"
                for r in range(rows)
            )
            yield from (
                f"const Lanes b{w} = *(const Lanes *)(b + {p.b[1]} * (j + {w}) + k);"
                for w in range(columns)
            )
            yield from (f"t{r}_{w} += a{r} * b{w};" for r, w in cells)
            yield "}"
            for at in range(0, len(cells), LANES):
                yield from _sums(p, cells[at : at + LANES])
            yield "}"


def _sums(p: Product, cells: list[tuple[int, int]]) -> Iterator[str]:
    """Of the lanes of up to eight cells at once, and of what is left beyond the last whole
    vector.
    """
    lanes = [f"t{r}_{w}" for r, w in cells] + ["(Lanes){0}"] * (LANES - len(cells))
    sums, (row, column) = f"sums_of({', '.join(lanes)}){p.scaled(-64)}", cells[0]
    rest = f"for (long k = whole; k < {p.k.text}; k++)" if p.k.divisor % LANES else ""
    if not rest and cells[-1] == (row, column + LANES - 1):
        yield f"*(Lanes *)(c + {p.c} * (i + {row}) + j + {column}) {p.store} {sums};"
        return
    yield f"{{ const Lanes sums = {sums};"
    for lane, (r, w) in enumerate(cells):
        left = (
            f"{rest} s += a[{p.a[0]} * (i + {r}) + k] * b[{p.b[1]} * (j + {w}) + k];"
            if rest
            else ""
        )
        yield f"{{ double s = sums[{lane}]; {left} c[{p.c} * (i + {r}) + j + {w}] {p.store} s; }}"
    yield "}"


def _zeros(rows: int, columns: int) -> str:
    return ", ".join(f"t{r}_{w} = {{0}}" for r, w in _cells(rows, columns))


def _cells(rows: int, columns: int) -> list[tuple[int, int]]:
    return [(r, w) for r in range(rows) for w in range(columns)]


def _runs(n: Extent, i: str, width: int = ROWS) -> list[tuple[int, str]]:
    """(width, head of the loop) of tiles of this width, then of what is left: one tile if that is
    known, else one by one.
    """
    whole, left = (
        f"{n.text} / {width} * {width}",
        n.most % width if n.divisor == n.most else int(n.divisor % width > 0),
    )
    runs = (
        [(width, f"for (long {i} = 0; {i} < {whole}; {i} += {width})")] if n.most >= width else []
    )
    return runs + (
        [(left, f"for (long {i} = {whole}; {i} < {n.text}; {i} += {left})")] if left else []
    )


def _row_times_matrix(p: Product) -> Iterator[str]:
    """Dot products where columns are contiguous; where rows are, the rows added up; else several
    sums at a time.
    """
    if p.a[1] == 1 and p.b[0] == 1 and p.k.most >= LANES:
        return _by_dots(p)
    return _rows_added(p) if p.b[1] == 1 and p.n.most > ROWS else _several_sums(p)


def _rows_added(p: Product) -> Iterator[str]:
    if p.store == "=":
        yield f"for (long j = 0; j < {p.n.text}; j++) c[j] = 0;"
    for width, loop in _runs(p.k, "k"):
        terms = " + ".join(f"s{r} * b[{p.b[0]} * (k + {r}) + j]" for r in range(width))
        yield f"{loop} {{"
        yield from (f"const double s{r} = a[{p.a[1]} * (k + {r})];" for r in range(width))
        yield from (
            "#pragma omp simd",
            f"for (long j = 0; j < {p.n.text}; j++) c[j] += {terms}; }}",
        )


def _several_sums(p: Product) -> Iterator[str]:
    for width, loop in _runs(p.n, "j"):
        sums = [f"s{w}" for w in range(width)]
        yield f"{loop} {{ double {', '.join(f'{s} = 0' for s in sums)};"
        yield f"#pragma omp simd reduction(+:{', '.join(sums)})"
        yield f"for (long k = 0; k < {p.k.text}; k++) {{ const double t = a[{p.a[1]} * k];"
        yield from (
            f"{s} += t * b[{p.b[0]} * k + {p.b[1]} * (j + {w})];" for w, s in enumerate(sums)
        )
        yield "}"
        yield from (f"c[j + {w}] {p.store} {s};" for w, s in enumerate(sums))
        yield "}"


def _by_blas(p: Product) -> list[str]:
    """Row after row is BLAS's column after column, so c' = b' a' is what it is asked for."""
    left, right = (
        ("N", p.b[0]) if p.b[1] == 1 else ("T", p.b[1]),
        ("N", p.a[0]) if p.a[1] == 1 else ("T", p.a[1]),
    )
    sides = f"m = {p.n.text}, n = {p.m.text}, k = {p.k.text}, ldb = {max(left[1], 1)}, lda = {max(right[1], 1)}, ldc = {p.c}"
    return [
        f"int {sides}; double one = 1, beta = {int(p.store == '+=')};",
        f'((Gemm)blas[0])("{left[0]}", "{right[0]}", &m, &n, &k, &one, (double *)b, &ldb, (double '
        "*)a, &lda, &beta, c, &ldc);",
    ]


TYPES = f"""\
typedef double Lanes __attribute__((vector_size({8 * LANES}), aligned(8), may_alias));
typedef void (*Gemm)(char *, char *, int *, int *, int *, double *, double *, int *, double *, int *, double *, double *, int *);
#ifdef __clang__
#define CONTRACTED
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define CONTRACTED __attribute__((optimize("fp-contract=fast")))
typedef long Order __attribute__((vector_size({8 * LANES})));
#define MIX(a, b, ...) __builtin_shuffle(a, b, (Order){{__VA_ARGS__}})
#endif
static inline CONTRACTED Lanes pairs(Lanes a, Lanes b) {{
    return MIX(a, b, 0, 8, 2, 10, 4, 12, 6, 14) + MIX(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}}
static inline CONTRACTED Lanes fours(Lanes a, Lanes b) {{
    return MIX(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + MIX(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}}
static inline CONTRACTED Lanes sums_of(Lanes a, Lanes b, Lanes c, Lanes d, Lanes e, Lanes f, Lanes g, Lanes h) {{
    const Lanes left = fours(pairs(a, b), pairs(c, d)), right = fours(pairs(e, f), pairs(g, h));
    return MIX(left, right, 0, 1, 2, 3, 8, 9, 10, 11) + MIX(left, right, 4, 5, 6, 7, 12, 13, 14, 15);
}}
"""
