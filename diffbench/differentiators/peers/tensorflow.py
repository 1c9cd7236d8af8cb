"""The peer `tensorflow`, in an environment of its own where it is not in this one: f on
tensorflow.experimental.numpy, as a graph (`tf.function`), and `tensorflow-eager` with a tape at each
call. Constants are doubles; one thread.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.differentiators.processes.environments import HereOrThere
from diffbench.errors import Unsupported
from diffbench.interface import Function, Look, Operator
from diffbench.registry import register


@cache
def load() -> Any:
    """TensorFlow with NumPy's behaviour, in one thread: to be said before its first operation."""
    tf = require("tensorflow")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    require("tensorflow.experimental.numpy").experimental_enable_numpy_behavior()
    return tf


def tools(graph: bool) -> Tools:
    """f is handed tensorflow.experimental.numpy, which knows NumPy's names."""
    tf = load()

    def pull(f: Function, x: Any, *y_bar: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        gradient = tape.gradient(y, x, *y_bar)
        if gradient is None:
            raise Unsupported("TensorFlow found no way from the result back to x")
        return y, tf.convert_to_tensor(gradient)  # gather gives slices

    def jacobian(f: Function, x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.jacobian(y, x)

    def push(f: Function, x: Any, x_dot: Any) -> tuple[Any, Any]:
        with tf.autodiff.ForwardAccumulator(x, x_dot) as accumulator:
            y = f(x)
        return y, accumulator.jvp(y)

    answers: dict[Operator, Answer] = {
        Operator.VALUE_AND_GRADIENT: pull,
        Operator.VJP: pull,
        Operator.JACOBIAN: jacobian,
        Operator.JVP: push,
        Operator.HESSIAN: lambda f, x: jacobian(lambda x: pull(f, x)[1], x),
        Operator.HVP: lambda f, x, v: pull(lambda x: pull(f, x)[1], x, v)[1],
    }

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        answer = partial(answers[operator], f)
        if not graph:
            return answer
        compiled = tf.function(answer)
        compiled(*xs)
        return compiled  # type: ignore[no-any-return]

    constant = partial(tf.constant, dtype=tf.float64)
    return Tools(
        tf.experimental.numpy,
        derive,
        constant,
        np.asarray,
        data=lambda a: constant(a) if np.asarray(a).dtype.kind == "f" else tf.constant(a),
    )


for _name, _graph, _about, _look in (
    ("tensorflow", True, "a graph of tensors, run by TensorFlow", Look("#b45309", "#fbbf24", "H", "--")),
    ("tensorflow-eager", False, "TensorFlow with a tape at each call", Look("#b45309", "#fbbf24", "h", "--")),
):  # fmt: skip
    register(
        "differentiators",
        _name,
        HereOrThere(
            Peer(_name, partial(tools, _graph), _about, _look, package="tensorflow"),
            "tensorflow",
            (("TF_CPP_MIN_LOG_LEVEL", "3"), ("CUDA_VISIBLE_DEVICES", "")),
            by_name_only=not _graph,
        ),
    )
