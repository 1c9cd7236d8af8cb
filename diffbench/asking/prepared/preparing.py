"""Prepared answers: derivation, recording and compilation are paid once."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from diffbench.arrays.levels import quiet
from diffbench.arrays.traced import Traced
from diffbench.asking.answering import How, answer_for, follows, function_for, is_plain
from diffbench.asking.arguments.containers import is_structure
from diffbench.asking.arguments.forms import Form
from diffbench.asking.arguments.several import OF_ANY_RESULT, Call
from diffbench.asking.checks.checked import PreparedAnswer, answer_at, as_operator, as_point
from diffbench.asking.checks.verification import STATEFUL, Noting, is_users, verify, when
from diffbench.asking.derivations import Answer, resolve, resolve_method
from diffbench.asking.prepared.many_points import ManyAnswers, points_of
from diffbench.asking.prepared.prepared_calls import PreparedCall, with_objects
from diffbench.asking.prepared.recipes import Recipe, with_recipe
from diffbench.asking.prepared.watched import watched
from diffbench.asking.words import Argnums, Method, OperatorName
from diffbench.errors import BadInput, ManyArrays, Unsupported
from diffbench.interface import Function, Operator


def prepare(
    f: Function,
    x: Any,
    *args: Any,
    operator: OperatorName | Operator = "gradient",
    method: Method = "compiled",
    argnums: Argnums = 0,
    has_aux: bool = False,
    batch: bool = False,
    constants: Any = (),
    **keywords: Any,
) -> Answer:
    """A callable of (x[, direction], *args, **keywords) that has paid for derivation, recording and
    compilation at these; right at every others too, or refused there as the direct call refuses.

    Arguments that do not vary are given anew at each call; numbers among them cost nothing, for
    another count, word or object f is prepared once more. What f reads besides its arguments
    (arrays and numbers of its closure, globals, attributes) is looked at before each call of an
    answer that holds it: where it has changed, the answer is prepared anew.
    constants: what need not be looked at, by name or as the objects themselves; "all" for all.
    batch: x has a leading axis of points, as the direction has; other arguments are the same for
    all. Answers have that axis in front, as JAX's vmap gives them, and native code loops over it.

    >>> g = prepare(lambda p, batch: np.sum((batch @ p["w"]) ** 2), {"w": np.ones(2)}, np.eye(2))
    >>> g({"w": np.ones(2)}, np.array([[1.0, 0.0], [2.0, 0.0]]))
    {'w': array([10.,  0.])}
    >>> prepare(lambda x: x[0] * x[1], np.ones((3, 2)), batch=True)(np.arange(6.0).reshape(3, 2))
    array([[1., 0.],
           [3., 2.],
           [5., 4.]])
    """
    chosen, asked = resolve_method(method), as_operator(operator)
    how = (argnums, has_aux, keywords)
    answer: Answer
    if batch:
        answer = _prepared_for_many(f, x, args, how, asked, chosen, constants)
    elif is_plain(x, args, *how):
        answer = _prepared_at(f, x, asked, chosen, constants)
    else:
        answer = _prepared_call(Call(asked, f, (x, *args), *how), argnums, chosen, constants)
    options = {"operator": str(asked), "method": method, "constants": constants}
    options |= {"argnums": argnums, "has_aux": has_aux, "batch": batch, **keywords}
    prepared: Answer = with_recipe(answer, Recipe(prepare, (f, x, *args), options))
    return prepared


def _prepared_at(f: Function, x: Any, asked: Operator, chosen: Any, constants: Any) -> Answer:
    """The prepared answer of a function of one array."""
    x, noting = as_point(x), Noting(f)
    own, verified = getattr(chosen, "prepare", None), follows(chosen) and type(x) is not Traced
    g = function_for(noting.function() if own and verified and is_users(f) else f, asked, chosen)
    try:
        answer = _answering(chosen, g, x, asked, constants)
        if asked in OF_ANY_RESULT and own is None and is_structure(f(x.copy())):
            raise ManyArrays("structure")
    except ManyArrays:
        if asked not in OF_ANY_RESULT:
            raise
        return _prepared_call(Call(asked, f, (x,)), 0, chosen, constants)
    if verified and when() != "never" and verify(f, x, noting) and own:
        raise BadInput(STATEFUL)
    return answer


def _answering(method: Any, f: Function, x: Any, operator: Operator, constants: Any) -> Answer:
    """The prepared answer of f, watched where it holds what may change."""
    own = getattr(method, "prepare", None)
    if own is None:
        return PreparedAnswer(partial(resolve(method, operator), f), f, operator, method)
    if type(x) is Traced:
        return _prepared(own, f, x, operator, method)
    make = partial(_prepared, own, f, x, operator, method)
    return watched(make, f, constants, _at_each_call(method, operator, f))


def _prepared_call(call: Call, argnums: Any, method: Any, constants: Any) -> PreparedCall:
    """The prepared answer of a function of several arguments."""
    takes_numbers = getattr(method, "takes_numbers", False)
    if follows(method) and when() != "never" and type(call.point) is not Traced:
        stateful = verify(call.function, call.point)
        if stateful and hasattr(method, "prepare"):
            raise BadInput(STATEFUL)

    def make(call: Call, form: Form) -> Answer:
        if not takes_numbers:
            g = function_for(call.function, call.operator, method)
            return _answering(method, g, call.point, call.operator, constants)
        g = function_for(form.function(call), call.operator, method)
        own = partial(method.prepare, g, call.point, call.operator, *form.numbers)
        by_tape = _at_each_call(method, call.operator, g)
        return watched(own, with_objects(call.f, form), constants, by_tape)

    def directly(call: Call, *along: Any) -> Any:
        return answer_for(call.operator, call.function, call.point, *along, method=method)

    return PreparedCall(call, argnums, make, directly, not takes_numbers)


def _prepared_for_many(
    f: Function,
    x: Any,
    args: tuple[Any, ...],
    how: How,
    operator: Operator,
    method: Any,
    constants: Any,
) -> ManyAnswers:
    """The answer at the points along the first axis of x."""
    first, (argnums, has_aux, keywords) = points_of(x)[0], how
    options = {"operator": operator, "method": method, "constants": constants}
    one = prepare(f, first, *args, argnums=argnums, has_aux=has_aux, **options, **keywords)
    call = Call(operator, f, (first, *args), *how)
    native = None
    of_one_type = call.inside is None or set(call.inside.dtypes) == {np.dtype(float)}
    if hasattr(method, "many_points") and of_one_type and argnums == 0 and not has_aux:
        form = Form(call)
        g = function_for(form.function(call), operator, method)
        make = partial(method.many_points, g, call.point, operator, *form.numbers)
        with suppress(Unsupported, ManyArrays, OSError):
            native = watched(make, with_objects(f, form), constants, make)
        key = form.key if args or keywords else None
        shaped = call.answers if call.inside else _shaping(call)
        if call.outside is None:
            return ManyAnswers(one, operator, native, key, shaped, call.inside)
    return ManyAnswers(one, operator, None, None, lambda found: found)


def _shaping(call: Call) -> Callable[[Any], Any]:
    """What gives matrices their shape, which native code writes as one row a point."""
    if call.operator is Operator.HESSIAN:
        shape = (*call.point.shape, *call.point.shape)
    elif call.operator is Operator.JACOBIAN:
        shape = (*np.shape(call.function(call.point.copy())), *call.point.shape)
    else:
        return lambda found: found
    return lambda found: np.reshape(found, (len(found), *shape))


def _prepared(own: Answer, f: Function, x: Any, operator: Operator, method: Any) -> Answer:
    with quiet():
        answer = own(f, x, operator)
    refuses = getattr(method, "refuses", False)  # checks itself
    return answer if refuses else PreparedAnswer(answer, f, operator, method)


def _at_each_call(method: Any, operator: Operator, f: Function) -> Answer:
    """The answer of a method that runs f at each call: of `compiled` the one it rests on."""
    answer: Answer | None = getattr(method, "at_each_call", lambda f, operator: None)(f, operator)
    return answer or (lambda x, *way: answer_at(method, operator, f, as_point(x), *way))
