"""A group of kernels as one C function that runs them strip by strip, on one thread or dealt out to
several.

static void group0(long part, long begin, long end, ...) {
    double *own = work + 4096 + 8192 * part;                the memory of a strip
    double *sum14 = part ? own + 8136 : y[1];               what is summed over strips: each part its own, added up in order
    for (long first = begin; first < end; first += 64) {
        const long count = end - first < 64 ? end - first : 64;
        loop0(constants[0] + 50 * first, x[0], own + 0, count);

Every part takes the same strips at every call, so that results do not depend on chance.
"""

from collections.abc import Iterator

from diffbench.program.native.kernels.fusion import Kernel
from diffbench.program.native.kernels.layout import contiguous
from diffbench.program.native.kernels.loops import JOINED, cleared, reduction
from diffbench.program.native.kernels.storage import Memory, pointer
from diffbench.program.native.kernels.strips import Strips, padded

MOST_THREADS = 64
GIVEN = ("constants", "x", "y", "work", "blas")
TYPES = (
    "const double *const *",
    "const double *const *",
    "double *const *",
    "double *",
    "void *const *",
)


class Group:
    """Kernels of one stage, in their order; `calls` is what is done with each strip."""

    def __init__(
        self, number: int, kernels: list[Kernel], memory: Memory, strips: Strips, threads: int
    ) -> None:
        self.name, self.kernels, self.memory, self.strips, self.threads = (
            f"group{number}",
            kernels,
            memory,
            strips,
            threads,
        )
        self.operations = {
            o.output.index: o for kernel in kernels for o in kernel.operations if o.sums_over_strips
        }
        self.sums = {
            index: contiguous(f"sum{index}", operation.output.shape)
            for index, operation in self.operations.items()
        }
        self.calls: list[str] = []
        self.places, self.size = self._apart()

    @property
    def is_one_strip(self) -> bool:
        """Whether each part is one strip: then nothing is added up within it."""
        return -(-self.strips.axis.length // self.strips.length) == self.threads

    def function(self, first: int) -> str:
        """The function; its parts have the work space from `first` on."""
        parameters = ", ".join(f"{kind}{name}" for kind, name in zip(TYPES, GIVEN, strict=True))
        lines = [f"double *own = work + {first} + {self.size} * part;"] if self.size else []
        lines += [
            *self._sums(),
            f"for (long first = begin; first < end; first += {self.strips.length}) {{",
        ]
        lines += [
            f"const long count = end - first < {self.strips.length} ? end - first : "
            f"{self.strips.length};",
            *self.calls,
            "}",
        ]
        return (
            f"static void {self.name}(long part, long begin, long end, {parameters}) {{\n    "
            + "\n    ".join(lines)
            + "\n}\n"
        )

    def call(self, first: int) -> Iterator[str]:
        """Results that strips write themselves are cleared, the group is run, and the sums of its
        parts are added up.
        """
        for kernel in self.kernels:
            for operation in kernel.operations:
                if (
                    operation.kind == "reduce"
                    and not operation.sums_over_strips
                    and operation.output.index in self.memory.schedule.whole
                ):
                    yield cleared(
                        pointer(self.memory.view(operation.output)),
                        operation.output.size,
                        operation,
                    )
        yield from self._run(first)
        for operation in self.operations.values():
            if operation.kind == "matmul" and not self.is_one_strip:  # see Product.scaled
                final = pointer(self.memory.view(operation.output))
                yield f"{{ int bad = 0; for (long i = 0; i < {operation.output.size}; i++) bad |= ({final})[i] - ({final})[i] != 0;"
                yield "if (bad) return -2; }"

    def _run(self, first: int) -> Iterator[str]:
        if self.threads == 1:
            yield f"{self.name}(0, 0, {self.strips.axis.length}, {', '.join(GIVEN)});"
            return
        yield f"in_parts({self.name}, {self.threads}, {self.strips.axis.length}, {self.strips.length}, {', '.join(GIVEN)});"
        for index, operation in self.operations.items():
            other = f"(work + {first + self.places[index]} + {self.size} * part)[i]"
            joined = JOINED[reduction(operation)].format(
                f"({pointer(self.memory.view(operation.output))})[i]", other
            )
            yield f"for (long part = 1; part < {self.threads}; part++) for (long i = 0; i < {operation.output.size}; i++) {joined}"

    def _apart(self) -> tuple[dict[int, int], int]:
        """Where each part has its sums, after the memory of a strip; and how much memory that
        is.
        """
        places, size = {}, self.strips.size
        for index, operation in self.operations.items() if self.threads > 1 else ():
            places[index], size = size, size + padded(operation.output.size)
        return places, size

    def _sums(self) -> Iterator[str]:
        for index, operation in self.operations.items():
            final = pointer(self.memory.view(operation.output))
            yield f"double *sum{index} = " + (
                f"part ? own + {self.places[index]} : {final};" if self.threads > 1 else f"{final};"
            )
            if operation.kind == "reduce" or not self.is_one_strip:
                yield cleared(f"sum{index}", operation.output.size, operation)


PARTS = f"""\
#include <pthread.h>
#define MOST_PARTS {MOST_THREADS}
typedef void (*Group)(long, long, long, {", ".join(TYPES)});
typedef struct {{ Group group; long part, begin, end; {" ".join(f"{kind}{name};" for kind, name in zip(TYPES, GIVEN, strict=True))} }} Part;
long threads_started;
static void *run(void *given) {{
    Part *p = given;
    p->group(p->part, p->begin, p->end, {", ".join(f"p->{name}" for name in GIVEN)});
    return 0;
}}
static void in_parts(Group group, long parts, long length, long strip, {", ".join(f"{k}{n}" for k, n in zip(TYPES, GIVEN, strict=True))}) {{
    pthread_t threads[MOST_PARTS];
    Part all[MOST_PARTS];
    int started[MOST_PARTS] = {{0}};
    const long strips = (length + strip - 1) / strip;
    for (long i = parts - 1; i >= 0; i--) {{
        const long end = strips * (i + 1) / parts * strip;
        all[i] = (Part){{group, i, strips * i / parts * strip, end < length ? end : length, {", ".join(GIVEN)}}};
        started[i] = i && !pthread_create(&threads[i], 0, run, &all[i]);
        threads_started += started[i];
        if (!started[i]) run(&all[i]);
    }}
    for (long i = 1; i < parts; i++) if (started[i]) pthread_join(threads[i], 0);
}}
"""
