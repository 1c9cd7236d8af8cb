/* A compiled program as a Python callable: answer(x[, direction][, out=array]).

   Checks that its arguments are the float64 numbers and arrays it was compiled for, calls the kernel without any conversion, and returns
   new arrays (or `out`). What the kernel does not answer goes to two Python functions: `guard_failed(k, value, *xs)` and `otherwise(*xs)`. */
#define PY_SSIZE_T_CLEAN
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <Python.h>
#include <structmember.h>
#include <numpy/arrayobject.h>

#define MOST_ARGUMENTS 12
#define MOST_RESULTS 2
#define HOLDS -1
#define CACHE_LINE 64

typedef int (*Kernel)(const double *const *constants, const double *const *x, double *const *y, double *work, void *const *blas, double *seen);

typedef struct { int ndim; npy_intp shape[NPY_MAXDIMS]; npy_intp size; } Shape;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Kernel kernel;
    int inputs, outputs;
    Shape x[MOST_ARGUMENTS], y[MOST_RESULTS];
    const double **constants;
    double *work;
    void *blas[2];
    PyObject *kept, *otherwise, *guard_failed, *route;
    PyObject *recipe; /* what it is pickled as, once it is known */
    int threads;
} Answer;

static PyObject *name_of_out;

/* ------------------------------------------------------------ arguments and results */

static int has_shape(PyArrayObject *a, const Shape *known) {
    return PyArray_NDIM(a) == known->ndim && PyArray_CompareLists(PyArray_DIMS(a), known->shape, known->ndim);
}

static int is_double(PyObject *a) {
    return PyArray_CheckExact(a) && PyArray_TYPE((PyArrayObject *)a) == NPY_DOUBLE && PyArray_ISNOTSWAPPED((PyArrayObject *)a);
}

/* 1 with the numbers of an argument; 0 if it is of another kind; `copy` holds them where they had to be made contiguous. */
static int numbers_of(PyObject *x, const Shape *known, double *scalar, const double **numbers, PyObject **copy) {
    if (!known->ndim && PyFloat_Check(x)) {
        *scalar = PyFloat_AS_DOUBLE(x);
        *numbers = scalar;
        return 1;
    }
    if (!is_double(x) || !has_shape((PyArrayObject *)x, known)) return 0;
    if (!PyArray_ISCARRAY_RO((PyArrayObject *)x)) {
        x = *copy = PyArray_NewCopy((PyArrayObject *)x, NPY_CORDER);
        if (!x) return 0;
    }
    *numbers = PyArray_DATA((PyArrayObject *)x);
    return 1;
}

static int is_apart(PyObject *out, const double *x, npy_intp size) {
    const double *y = PyArray_DATA((PyArrayObject *)out);
    return y + PyArray_SIZE((PyArrayObject *)out) <= x || x + size <= y;
}

static int can_receive(PyObject *out, const Shape *known, const double *x, npy_intp size) {
    if (!is_double(out) || !has_shape((PyArrayObject *)out, known) || !PyArray_ISCARRAY((PyArrayObject *)out)) {
        PyErr_SetString(PyExc_ValueError, "out= is not a writable contiguous float64 array of the derivative's shape; use numpy.empty_like(x)");
        return 0;
    }
    if (!is_apart(out, x, size)) {
        PyErr_SetString(PyExc_ValueError, "out= shares memory with x, which is read while out is written; give it memory of its own");
        return 0;
    }
    return 1;
}

/* ------------------------------------------------------------ what Python answers */

static int is_like(PyObject *out, PyArrayObject *derivative) {
    if (!PyArray_CheckExact(out) || !PyArray_ISCARRAY((PyArrayObject *)out)) return 0;
    return PyArray_SAMESHAPE((PyArrayObject *)out, derivative) && PyArray_EquivTypes(PyArray_DESCR((PyArrayObject *)out), PyArray_DESCR(derivative));
}

/* 0 when the derivative is in out; -1 with an error where NumPy would have to broadcast or convert it. */
static int copied(PyObject *derivative, PyObject *out) {
    PyArrayObject *array = (PyArrayObject *)PyArray_FROM_O(derivative);
    if (!array) return -1;
    int status = is_like(out, array) ? PyArray_CopyInto((PyArrayObject *)out, array) : -1;
    if (status < 0 && !PyErr_Occurred()) {
        PyObject *shape = PyObject_GetAttrString((PyObject *)array, "shape");
        if (shape) PyErr_Format(PyExc_ValueError, "out= is not a writable contiguous array like the derivative at this x, of dtype %S and "
                                "shape %S; use numpy.empty of these", (PyObject *)PyArray_DESCR(array), shape);
        Py_XDECREF(shape);
    }
    Py_DECREF(array);
    return status;
}

static PyObject *into(PyObject *answer, PyObject *out) {
    if (!answer || !out) return answer;
    PyObject *derivative = PyTuple_Check(answer) ? PyTuple_GET_ITEM(answer, PyTuple_GET_SIZE(answer) - 1) : answer, *made = NULL;
    if (!copied(derivative, out)) made = PyTuple_Check(answer) ? PyTuple_Pack(2, PyTuple_GET_ITEM(answer, 0), out) : Py_NewRef(out);
    Py_DECREF(answer);
    return made;
}

static PyObject *by_otherwise(Answer *self, PyObject *const *args, Py_ssize_t n, PyObject *out) {
    return into(PyObject_Vectorcall(self->otherwise, args, n, NULL), out);
}

static PyObject *by_another_program(Answer *self, int guard, double seen, PyObject *const *args, Py_ssize_t n, PyObject *out) {
    PyObject *given[2 + MOST_ARGUMENTS] = {PyLong_FromLong(guard), PyFloat_FromDouble(seen)};
    for (Py_ssize_t i = 0; i < n; i++) given[2 + i] = args[i];
    PyObject *answer = PyObject_Vectorcall(self->guard_failed, given, 2 + n, NULL);
    Py_DECREF(given[0]);
    Py_DECREF(given[1]);
    return into(answer, out);
}

/* ------------------------------------------------------------ the call */

static PyObject *call(PyObject *callable, PyObject *const *args, size_t nargs, PyObject *names) {
    Answer *self = (Answer *)callable;
    Py_ssize_t n = PyVectorcall_NARGS(nargs);
    PyObject *out = NULL, *copies[MOST_ARGUMENTS] = {NULL}, *results[MOST_RESULTS] = {NULL}, *answer = NULL;
    double scalars[MOST_ARGUMENTS], values[MOST_RESULTS], seen = 0, *y[MOST_RESULTS];
    const double *x[MOST_ARGUMENTS];
    if (names && PyTuple_GET_SIZE(names)) {
        if (PyTuple_GET_SIZE(names) > 1 || PyUnicode_Compare(PyTuple_GET_ITEM(names, 0), name_of_out)) {
            PyErr_SetString(PyExc_TypeError, "a prepared answer takes no keyword but out=");
            return NULL;
        }
        out = args[n] == Py_None ? NULL : args[n];
    }
    int k, fits = n == self->inputs;
    for (k = 0; fits && k < n; k++) fits = numbers_of(args[k], &self->x[k], &scalars[k], &x[k], &copies[k]);
    const int last = self->outputs - 1;
    if (!fits) {
        if (!PyErr_Occurred()) answer = by_otherwise(self, args, n, out);
        goto done;
    }
    for (k = 0; out && k < n; k++) if (!can_receive(out, &self->y[last], x[k], self->x[k].size)) goto done;
    for (k = 0; k <= last; k++) {
        if (k == last && out) results[k] = Py_NewRef(out);
        else if (self->y[k].ndim) results[k] = PyArray_SimpleNew(self->y[k].ndim, self->y[k].shape, NPY_DOUBLE);
        else { y[k] = &values[k]; continue; }
        if (!results[k]) goto done;
        y[k] = PyArray_DATA((PyArrayObject *)results[k]);
    }
    int status = self->kernel(self->constants, x, y, self->work, self->blas, &seen);
    if (status == HOLDS) {
        for (k = 0; k <= last; k++) if (!results[k]) results[k] = PyFloat_FromDouble(values[k]);
        answer = last ? PyTuple_Pack(2, results[0], results[1]) : Py_NewRef(results[0]);
    } else if (status < HOLDS) answer = by_otherwise(self, args, n, out);
    else answer = by_another_program(self, status, seen, args, n, out);
done:
    for (k = 0; k < self->inputs; k++) Py_XDECREF(copies[k]);
    for (k = 0; k < MOST_RESULTS; k++) Py_XDECREF(results[k]);
    return answer;
}

/* ------------------------------------------------------------ the type */

static int read_shapes(PyObject *shapes, Shape *known, int *count) {
    *count = (int)PyTuple_GET_SIZE(shapes);
    for (int k = 0; k < *count; k++) {
        PyObject *shape = PyTuple_GET_ITEM(shapes, k);
        known[k].ndim = (int)PyTuple_GET_SIZE(shape);
        known[k].size = 1;
        for (int i = 0; i < known[k].ndim; i++) known[k].size *= known[k].shape[i] = PyLong_AsSsize_t(PyTuple_GET_ITEM(shape, i));
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* Answer(address, input shapes, output shapes, constants, numbers of work space, BLAS addresses, otherwise, guard_failed, route, kept,
   threads) */
static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    unsigned long long address, blas[2];
    PyObject *inputs, *outputs, *constants, *otherwise, *guard_failed, *route, *kept;
    Py_ssize_t work;
    int threads;
    if (!PyArg_ParseTuple(args, "KO!O!O!n(KK)OOOOi", &address, &PyTuple_Type, &inputs, &PyTuple_Type, &outputs, &PyTuple_Type, &constants,
                          &work, &blas[0], &blas[1], &otherwise, &guard_failed, &route, &kept, &threads)) return NULL;
    if (PyTuple_GET_SIZE(inputs) > MOST_ARGUMENTS || PyTuple_GET_SIZE(outputs) > MOST_RESULTS) {
        PyErr_SetString(PyExc_ValueError, "too many arguments or results for a native answer");
        return NULL;
    }
    Answer *self = (Answer *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->call = call;
    self->kernel = (Kernel)(uintptr_t)address;
    for (int i = 0; i < 2; i++) self->blas[i] = (void *)(uintptr_t)blas[i];
    self->kept = PyTuple_Pack(2, kept, constants);
    self->otherwise = Py_NewRef(otherwise);
    self->guard_failed = Py_NewRef(guard_failed);
    self->route = Py_NewRef(route);
    self->threads = threads;
    Py_ssize_t count = PyTuple_GET_SIZE(constants);
    self->constants = PyMem_Calloc(count + 1, sizeof(double *));
    if (posix_memalign((void **)&self->work, CACHE_LINE, (work + 1) * sizeof(double))) self->work = NULL;
    if (!self->constants || !self->work || read_shapes(inputs, self->x, &self->inputs) || read_shapes(outputs, self->y, &self->outputs)) {
        Py_DECREF(self);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < count; i++) self->constants[i] = PyArray_DATA((PyArrayObject *)PyTuple_GET_ITEM(constants, i));
    return (PyObject *)self;
}

static int traverse(PyObject *object, visitproc visit, void *arg) {
    Answer *self = (Answer *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->kept);
    Py_VISIT(self->otherwise);
    Py_VISIT(self->guard_failed);
    Py_VISIT(self->route);
    Py_VISIT(self->recipe);
    return 0;
}

static int clear(PyObject *object) {
    Answer *self = (Answer *)object;
    Py_CLEAR(self->kept);
    Py_CLEAR(self->otherwise);
    Py_CLEAR(self->guard_failed);
    Py_CLEAR(self->route);
    Py_CLEAR(self->recipe);
    return 0;
}

static void dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    clear(object);
    PyMem_Free(((Answer *)object)->constants);
    free(((Answer *)object)->work);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *reduce(PyObject *object, PyObject *unused) {
    PyObject *recipe = ((Answer *)object)->recipe;
    if (recipe) return Py_NewRef(recipe);
    PyErr_SetString(PyExc_TypeError, "a part of a prepared answer can't be pickled; pickle what diffbench.prepare returned");
    return NULL;
}

static PyMethodDef methods[] = {
    {"__reduce__", reduce, METH_NOARGS, "what diffbench.prepare was called with"},
    {NULL},
};

static PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Answer, call), READONLY, NULL},
    {"route", T_OBJECT_EX, offsetof(Answer, route), READONLY, "which code answers"},
    {"recipe", T_OBJECT, offsetof(Answer, recipe), 0, "what it is pickled as"},
    {"threads", T_INT, offsetof(Answer, threads), READONLY, "how many threads it uses"},
    {NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, make}, {Py_tp_call, PyVectorcall_Call}, {Py_tp_members, members}, {Py_tp_methods, methods}, {Py_tp_dealloc, dealloc},
    {Py_tp_traverse, traverse}, {Py_tp_clear, clear}, {0, NULL},
};

static PyType_Spec spec = {
    "diffbench_answer.Answer", sizeof(Answer), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_HAVE_GC, slots,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "diffbench_answer", NULL, -1, NULL};

PyMODINIT_FUNC PyInit_diffbench_answer(void) {
    import_array();
    name_of_out = PyUnicode_InternFromString("out");
    PyObject *made = PyModule_Create(&module), *type = PyType_FromSpec(&spec);
    if (!made || !type || PyModule_AddObject(made, "Answer", type) < 0) return NULL;
    return made;
}
