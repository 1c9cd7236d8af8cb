r"""How each elementwise function is written, and what it costs: one row a function.

    math      on Python's floats, with the functions of `math`, which raise where NumPy gives inf or NaN
    C         on doubles, where truths are 0 and 1; as NumPy for NaN, inf and signed zeros
    LaTeX     a slot says how tightly what stands in it must bind: {:product}; else it is put in parentheses
    SymPy     the same function there, or in `symbolic/elementary.py`. What SymPy lacks is written in
              terms of other functions, by NumPy's names, and the symbolic methods read that
    formulas  what it is called in a formula that a user types

A text with slots is a template; one without is the name of a function, which is called. An empty one
says that there is no word for it: then generated Python calls NumPy, no C is compiled, symbolic
methods refuse, and LaTeX sets the name upright.

Generated code, printed programs, counts, formulas and the symbolic methods read these rows. How a
function is differentiated stands in the other tables of this folder; the numbers of the reference
(`measure/reference/numbers`) share nothing with either, so that they can judge both.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import pi
from string import Formatter
from types import CodeType, FunctionType
from typing import Any, Literal

# where other packages keep their elementwise functions
MODULES: Mapping[str, tuple[str, ...]] = {
    "autograd": ("autograd.numpy", "autograd.scipy.special"),
    "jax": ("jax.numpy", "jax.scipy.special"),
    "torch": ("torch", "torch.special"),
    "casadi": ("casadi",),
    "pytensor": ("pytensor.tensor",),
    "mygrad": ("mygrad",),
    "tensorflow": ("tensorflow.experimental.numpy",),
    "enzyme": ("jax.numpy", "jax.scipy.special"),
    "symengine": ("symengine",),
    "heyoka": ("heyoka",),
}
COLUMNS = {"symengine": "sympy", "heyoka": "c"}  # of those who call them as SymPy or C does
# how tightly written mathematics binds, from the loosest on
BINDS = {"relation": -1, "sum": 0, "product": 1, "sign": 2, "power": 3, "atom": 4}
Binding = Literal["relation", "sum", "product", "sign", "power", "atom", "inner"]


@dataclass(frozen=True, slots=True)
class Written:
    """A template of mathematics, and how tightly what it gives binds: as its argument, if "inner"."""

    template: str
    binds: Binding = "atom"


@dataclass(frozen=True, eq=False, slots=True)
class Spelling:
    """One row; an empty text is a word that is lacking."""

    name: str  # the primitive's
    arity: int = 1
    python: str = ""
    c: str = ""
    latex: Written | None = None
    sympy: str = ""
    typed: tuple[str, ...] = ()
    terms: str = ""  # in terms of other functions, where SymPy lacks it
    mpmath: str = ""  # for the reference, where its own tables lack it
    written: Written | None = None  # by a sign, in Python and in textbooks
    # what an operation is counted as: a sign, "" for what is free, None for its own name
    counted: str | None = None
    # what a forward and a reverse pass add in operations: the derivative, and a product with it
    costs: tuple[int, int] = (2, 2)
    vectorised: bool = False  # glibc's libmvec has the C function for many numbers at a time
    operands: Literal["any", "numbers", "truths"] = "any"  # of what entries its C takes
    # by package, its name there where that is not NumPy's or SciPy's; "" where that name is another's
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_operator(self) -> bool:
        """Whether Python writes it with signs and not as a call."""
        return self.python.startswith("(")

    def at(self, package: str) -> str:
        """What another package calls it, if it has it at all: MODULES say where to look."""
        if package in COLUMNS:
            word = alone(getattr(self, COLUMNS[package]))
            return self.elsewhere.get(package, word or self.name)
        return self.elsewhere.get(package, self.name)


UNSPELLED = Spelling("")
spellings: dict[str, Spelling] = {}


def spelling(name: str) -> Spelling:
    """The row of a primitive, by its name; an empty one where it has none."""
    return spellings.get(name, UNSPELLED)


def spell(
    name: str,
    python: str = "",
    c: str = "",
    latex: str | Written = "",
    sympy: str = "",
    typed: str = "",
    *,
    arity: int = 1,
    **more: Any,
) -> None:
    """File a row. A later row of the same name replaces the earlier one."""
    spellings[name] = Spelling(
        name,
        arity,
        called(python, arity),
        called(c, arity),
        _typeset(latex, arity),
        called(sympy, arity),
        typed=tuple(typed.split()),
        **more,
    )


def called(text: str, arity: int, slots: str = "({})") -> str:
    """A template as it is; the name of a function as a call of it."""
    is_template = any([slot is not None for _, slot, _, _ in Formatter().parse(text)])
    return (
        text if is_template or not text else text + slots.replace("{}", ", ".join(["{}"] * arity))
    )


def _typeset(text: str | Written, arity: int) -> Written | None:
    if isinstance(text, Written):
        return text
    return Written(called(text, arity, r"\left({}\right)")) if text else None


def alone(template: str) -> str:
    """The function that a template calls and does nothing else; "" if it does more."""
    match = re.fullmatch(r"(\w+)\(\{\}(, \{\})*\)", template)
    return match[1] if match else ""


def function(template: str, arity: int, meaning: Callable[[str], Any]) -> Callable[..., Any]:
    """A template as a function; `meaning` says what the names in it stand for."""
    code = _code(template, arity)
    return FunctionType(code, {name: meaning(name) for name in code.co_names})


@cache
def _code(template: str, arity: int) -> CodeType:
    names = [f"a{k}" for k in range(arity)]
    module = compile(
        f"lambda {', '.join(names)}: {template.format(*names)}", "<diffbench spelling>", "eval"
    )
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def relation(name: str, sign: str, sympy: str = "", **more: Any) -> None:
    """A row for a comparison."""
    spell(
        name,
        f"({{}} {sign} {{}})",
        f"{{}} {sign} {{}}",
        sympy=sympy,
        arity=2,
        written=Written(f"{{:sum}} {sign} {{:sum}}", "relation"),
        **more,
    )


# fmt: off
DEGREE = pi / 180
SUM, DIFFERENCE = Written("{:sum} + {:sum}", "sum"), Written("{:sum} - {:product}", "sum")
NEGATIVE, SAME = Written("-{:product}", "sign"), Written("{}", "inner")

# ---------------------------------------------------------------- arithmetic
#     NumPy           math                C                 LaTeX                               SymPy        in formulas
spell("add",          "({} + {})",        "{} + {}",        SUM,                                "{} + {}",   arity=2, counted="+", costs=(1, 0), written=SUM, operands="numbers")
spell("subtract",     "({} - {})",        "{} - {}",        DIFFERENCE,                         "{} - {}",   arity=2, counted="-", costs=(1, 1), written=DIFFERENCE)
spell("negative",     "(-{})",            "-{}",            NEGATIVE,                           "-{}",       counted="-", costs=(1, 1), written=NEGATIVE)
spell("positive",     "{}",               "{}",             SAME,                               counted="", written=SAME, terms="{}")
spell("multiply",     "({} * {})",        "{} * {}",        Written(r"{:product} \, {:sign}", "product"), "{} * {}", arity=2, counted="*", costs=(3, 2),
      written=Written("{:product}*{:product}", "product"))
spell("divide",       "({} / {})",        "{} / {}",        r"\frac{{{}}}{{{}}}",               "{} / {}",   arity=2, counted="/", costs=(3, 3),
      written=Written("{:product}/{:sign}", "product"))
spell("reciprocal",   "(1.0 / {})",       "1.0 / {}",       r"\frac{{1}}{{{}}}",                "",          "reciprocal", counted="/", terms="1 / {}")
spell("square",       "",                 "{0} * {0}",      Written("{:atom}^2", "power"),      "",          "square", counted="*", terms="{0} * {0}", elsewhere={"casadi": "sq", "pytensor": "sqr"})
spell("power",        "pow",              "pow",            Written("{:atom}^{{{}}}", "power"), "Pow",       "power pow", arity=2, vectorised=True, costs=(6, 7), written=Written("{:atom}**{:sign}", "power"), elsewhere={"torch": "pow", "pytensor": "pow"})
spell("float_power",  "pow",              "pow",            Written("{:atom}^{{{}}}", "power"), "",          arity=2, vectorised=True, terms="power({}, {})", elsewhere={"casadi": "power", "pytensor": "pow"})
spell("sqrt",         "sqrt",             "sqrt",           r"\sqrt{{{}}}",                     "sqrt",      "sqrt")
spell("cbrt",         "cbrt",             "cbrt",           r"\sqrt[3]{{{}}}",                  "cbrt",      "cbrt", vectorised=True)
spell("hypot",        "hypot",            "hypot",          "",                                 "hypot",     "hypot", arity=2, vectorised=True)

# ---------------------------------------------------------------- exponentials and logarithms
spell("exp",          "exp",              "exp",            r"\exp",                            "exp",       "exp",   costs=(1, 1), vectorised=True)
spell("exp2",         "exp2",             "exp2",           Written("2^{{{}}}", "power"),       "exp2",      "exp2",  vectorised=True)
spell("expm1",        "expm1",            "expm1",          "",                                 "expm1",     "expm1", vectorised=True)
spell("log",          "log",              "log",            r"\log",                            "log",       "log ln", costs=(1, 1), vectorised=True)
spell("log2",         "log2",             "log2",           r"\log_2",                          "log2",      "log2",  vectorised=True)
spell("log10",        "log10",            "log10",          r"\log_{{10}}",      "log10",     "log10", vectorised=True)
spell("log1p",        "log1p",            "log1p",          "",                                 "log1p",     "log1p", vectorised=True)
spell("logaddexp",    "",                 "logaddexp",      "",                                 "logaddexp", "logaddexp", arity=2)
spell("logaddexp2",   arity=2)

# ---------------------------------------------------------------- trigonometric and hyperbolic
spell("sin",          "sin",              "sin",            r"\sin",                            "sin",       "sin",  vectorised=True)
spell("cos",          "cos",              "cos",            r"\cos",                            "cos",       "cos",  vectorised=True)
spell("tan",          "tan",              "tan",            r"\tan",                            "tan",       "tan",  vectorised=True)
spell("arcsin",       "asin",             "asin",           r"\arcsin",                         "asin",      "arcsin asin", vectorised=True)
spell("arccos",       "acos",             "acos",           r"\arccos",                         "acos",      "arccos acos", vectorised=True)
spell("arctan",       "atan",             "atan",           r"\arctan",                         "atan",      "arctan atan", vectorised=True)
spell("arctan2",      "atan2",            "atan2",          r"\operatorname{{arctan2}}", "atan2", "arctan2 atan2", arity=2, vectorised=True)
spell("sinh",         "sinh",             "sinh",           r"\sinh",                           "sinh",      "sinh", vectorised=True)
spell("cosh",         "cosh",             "cosh",           r"\cosh",                           "cosh",      "cosh", vectorised=True)
spell("tanh",         "tanh",             "tanh",           r"\tanh",                           "tanh",      "tanh", costs=(3, 3), vectorised=True)
spell("arcsinh",      "asinh",            "asinh",          r"\operatorname{{arsinh}}", "asinh", "arcsinh asinh", vectorised=True)
spell("arccosh",      "acosh",            "acosh",          r"\operatorname{{arcosh}}", "acosh", "arccosh acosh", vectorised=True)
spell("arctanh",      "atanh",            "atanh",          r"\operatorname{{artanh}}", "atanh", "arctanh atanh", vectorised=True)
spell("sinc",         typed="sinc")
spell("deg2rad",      terms=f"{{}} * {DEGREE!r}")
spell("radians",      "radians",          terms=f"{{}} * {DEGREE!r}", elsewhere={"torch": "deg2rad", "pytensor": "deg2rad"})
spell("rad2deg",      terms=f"{{}} * {180 / pi!r}")
spell("degrees",      "degrees",          terms=f"{{}} * {180 / pi!r}", elsewhere={"torch": "rad2deg", "pytensor": "rad2deg"})

# ---------------------------------------------------------------- kinks, steps and parts
spell("absolute",     "fabs",             "fabs",           r"\left|{}\right|",                 "Abs",       "absolute abs fabs", elsewhere={"casadi": "fabs", "pytensor": "abs"})
spell("fabs",         "fabs",             "fabs",           r"\left|{}\right|",                 terms="absolute({})", elsewhere={"torch": "abs", "pytensor": "abs"})
spell("maximum",      "maximum",          "maximum",        r"\max",                            "maximum",   "maximum max", arity=2, elsewhere={"casadi": "fmax"})
spell("minimum",      "minimum",          "minimum",        r"\min",                            "minimum",   "minimum min", arity=2, elsewhere={"casadi": "fmin"})
spell("fmax",         "",                 "fmax",           r"\max",                            arity=2, terms="maximum({}, {})")
spell("fmin",         "",                 "fmin",           r"\min",                            arity=2, terms="minimum({}, {})")
spell("sign",         "sign",             "sign",           r"\operatorname{{sign}}", "sign", "sign")
spell("slope_of_abs", "",                 "sign",           r"\operatorname{{sign}}", elsewhere=dict.fromkeys(("jax", "torch", "casadi", "pytensor", "autograd"), "sign"))
spell("copysign",     "copysign",         "copysign",       arity=2)
spell("clip",         typed="clip", arity=3)
spell("floor",        "",                 "floor",          r"\left\lfloor{}\right\rfloor",     "floor",     "floor")
spell("ceil",         "",                 "ceil",           r"\left\lceil{}\right\rceil",       "ceiling",   "ceil")
spell("trunc",        "",                 "trunc")
spell("rint",         "",                 "rint", elsewhere={"torch": "round", "pytensor": "round"})
spell("heaviside",    sympy="Heaviside",  arity=2, elsewhere={"casadi": ""})
spell("fmod",         "",                 "fmod",           arity=2, elsewhere={"casadi": "fmod"})
spell("where",        "({1} if {0} else {2})", "{0} != 0 ? {1} : {2}", "", "Piecewise(({1}, {0}), ({2}, True))", "where", arity=3, counted="", elsewhere={"casadi": "if_else"})
spell("real",         "{}",               "{}",             r"\operatorname{{Re}}", counted="", terms="{}")
spell("imag",         latex=r"\operatorname{{Im}}", counted="")
spell("conjugate",    "{}",               "{}",             r"\overline{{{}}}",                 counted="", terms="{}", elsewhere={"torch": "conj"})
spell("copy",         "",                 "{}",             counted="")
spell("astype",       counted="")

# ---------------------------------------------------------------- truths: a symbol stands for a finite number
relation("greater",       ">",  terms="less({1}, {0})")
relation("greater_equal", ">=", terms="less_equal({1}, {0})")
relation("less",          "<",  "Lt")
relation("less_equal",    "<=", "Le")
relation("equal",         "==", "Eq")
relation("not_equal",     "!=", "Ne")
spell("isnan",        "isnan",            "isnan({}) != 0",            terms="False")
spell("isinf",        "isinf",            "isinf({}) != 0",            terms="False")
spell("isfinite",     "isfinite",         "isfinite({}) != 0",         terms="True")
spell("signbit",      "",                 "signbit({}) != 0")
spell("logical_not",  "(not {})",         "{} == 0",                   sympy="Not")
spell("logical_and",  "({} != 0 and {} != 0)",      "({} != 0) & ({} != 0)",     sympy="And", arity=2)
spell("logical_or",   "({} != 0 or {} != 0)",       "({} != 0) | ({} != 0)",     sympy="Or", arity=2)
spell("logical_xor",  "",                 "({} != 0) ^ ({} != 0)",     arity=2)
spell("invert",       "(not {})",         "{} == 0",                   operands="truths", terms="logical_not({})")
spell("bitwise_and",  "({} & {})",        "({} != 0) & ({} != 0)",     arity=2, operands="truths", terms="logical_and({}, {})")
spell("bitwise_or",   "({} | {})",        "({} != 0) | ({} != 0)",     arity=2, operands="truths", terms="logical_or({}, {})")
spell("bitwise_xor",  "",                 "({} != 0) ^ ({} != 0)",     arity=2, operands="truths")

# ---------------------------------------------------------------- scipy.special: in C by SciPy's own functions
def special(name: str, latex: str | Written = "", **more: Any) -> None:
    """A row for a function that SciPy offers to C (program/native/scipy_functions.py)."""
    spell(name, c=f"scipy_{name}", latex=latex, **more)


special("erf",        r"\operatorname{{erf}}",          sympy="erf", python="erf", typed="erf")
special("erfc",       r"\operatorname{{erfc}}",         sympy="erfc", python="erfc", typed="erfc")
special("erfcx",      r"\operatorname{{erfcx}}")
special("erfi",       r"\operatorname{{erfi}}")
special("erfinv",     r"\operatorname{{erf}}^{{-1}}",   sympy="erfinv")
special("erfcinv",    r"\operatorname{{erfc}}^{{-1}}")
special("dawsn",      "F")
special("ndtr",       r"\Phi",                          terms=f"erfc(-{{}} / {2**0.5!r}) / 2")
special("log_ndtr",   r"\log\Phi")
special("ndtri",      r"\Phi^{{-1}}")
special("ndtri_exp")
special("expit",      r"\sigma",                        typed="expit", terms="1 / (1 + exp(-{}))")
special("log_expit",  r"\log\sigma")
special("logit",      r"\operatorname{{logit}}",        terms="log({0} / (1 - {0}))")
special("exprel")
special("exp10",      Written("10^{{{}}}", "power"))
special("cosm1",      Written(r"\cos\left({}\right) - 1", "sum"))
special("sindg")
special("cosdg")
special("tandg")
special("cotdg")
special("xlogy",      Written(r"{:product} \log\left({}\right)", "product"), arity=2, terms="where(equal({0}, 0), 0, {0} * log({1}))")
special("xlog1py",    Written(r"{:product} \log\left(1 + {:sum}\right)", "product"), arity=2)
special("entr")
special("rel_entr",   arity=2)
special("kl_div",     arity=2, elsewhere={"torch": ""})  # torch.kl_div is a loss of another definition
special("powm1",      Written("{:atom}^{{{}}} - 1", "sum"), arity=2)
special("gamma",      r"\Gamma",                        sympy="gamma")
special("rgamma",     r"\frac{{1}}{{\Gamma\left({}\right)}}")
special("gammaln",    r"\log\left|\Gamma\left({}\right)\right|", sympy="loggamma")
special("loggamma",   r"\log\Gamma")
special("psi",        r"\psi",                          terms="polygamma(0, {})", elsewhere={"jax": "digamma"})
special("beta",       r"\mathrm{{B}}", arity=2, elsewhere={"symengine": ""})  # no numbers there
special("betaln",     r"\log\mathrm{{B}}", arity=2)
special("poch",       r"\left({}\right)_{{{}}}", arity=2)
special("binom",      r"\binom{{{}}}{{{}}}", arity=2)
special("gammasgn")
special("gammainc",   "P", arity=2)
special("gammaincc",  "Q", arity=2)
special("gammaincinv", "P^{{-1}}", arity=2)
special("gammainccinv", "Q^{{-1}}", arity=2)
special("betainc",    r"I_{{{2}}}\left({0}, {1}\right)", arity=3)
special("betaincc",   arity=3)
special("betaincinv", arity=3)
special("betainccinv", arity=3)
special("j0",         "J_0",                            terms="jv(0, {})", elsewhere={"torch": "bessel_j0"})
special("j1",         "J_1",                            terms="jv(1, {})", elsewhere={"torch": "bessel_j1"})
special("y0",         "Y_0", elsewhere={"torch": "bessel_y0"})
special("y1",         "Y_1", elsewhere={"torch": "bessel_y1"})
special("i0",         "I_0",                            terms="iv(0, {})")
special("i1",         "I_1",                            terms="iv(1, {})")
special("i0e")
special("i1e")
special("k0",         "K_0", elsewhere={"torch": "modified_bessel_k0"})
special("k1",         "K_1", elsewhere={"torch": "modified_bessel_k1"})
special("k0e")
special("k1e")
special("jv",         r"J_{{{}}}\left({}\right)", arity=2, sympy="besselj")
special("yv",         r"Y_{{{}}}\left({}\right)", arity=2)
special("iv",         r"I_{{{}}}\left({}\right)", arity=2, sympy="besseli")
special("kv",         r"K_{{{}}}\left({}\right)", arity=2)
special("jve",        arity=2)
special("yve",        arity=2)
special("ive",        arity=2)
special("kve",        arity=2)
special("struve",     r"\mathbf{{H}}_{{{}}}\left({}\right)", arity=2)
special("modstruve",  r"\mathbf{{L}}_{{{}}}\left({}\right)", arity=2)
special("expi",       r"\operatorname{{Ei}}")
special("exp1",       "E_1")
spell("expn",         latex=r"E_{{{}}}\left({}\right)", arity=2)  # in C it warns of orders that are not whole, by Python
special("spence")
special("owens_t",    "T", arity=2)
special("wrightomega", r"\omega")
special("hyp0f1",     r"{{}}_0F_1", arity=2)
special("hyp1f1",     r"{{}}_1F_1", arity=3)
special("hyp2f1",     r"{{}}_2F_1", arity=4)
special("hyperu",     "U", arity=3)
special("ellipk",     "K")
special("ellipkm1")
special("ellipe",     "E")
special("ellipkinc",  "F", arity=2)
special("ellipeinc",  "E", arity=2)
special("stdtr",      arity=2)
special("stdtrit",    arity=2)
special("boxcox",     arity=2)
special("boxcox1p",   arity=2)
special("inv_boxcox", arity=2)
special("inv_boxcox1p", arity=2)
special("huber",      arity=2)
special("pseudo_huber", arity=2)
spell("hurwitz",      latex=r"\zeta", arity=2)
spell("trigamma_of_order")
spell("sinc_derivative")
