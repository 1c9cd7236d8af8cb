"""Functions R -> R by what is hard about them: scale, oscillation, poles, flatness, cancellation,
kinks, tables.
"""

import numpy as np

from diffbench.interface import problem


def curve(at, *tags):
    return problem(
        point=lambda n, rng: at,
        operator="derivative",
        source="a difficulty of its own",
        tags=("scalar", "curve", "extended", *tags),
    )


@curve(0.7)
def smooth_curve(x, xp=np):
    """exp(sin 3x)/(1 + x²): nothing is hard; who loses digits here loses them everywhere."""
    return xp.exp(xp.sin(3 * x)) / (1 + x * x)


@smooth_curve.manual("derivative")
def smooth_slope(x):
    return smooth_curve(x) * (3 * np.cos(3 * x) - 2 * x / (1 + x * x))


@curve(0.5)
def fast_oscillation(x, xp=np):
    """cos 1000x: a step that suits most functions aliases."""
    return xp.cos(1000 * x)


@fast_oscillation.manual("derivative")
def fast_slope(x):
    return -1000 * np.sin(1000 * x)


@curve(0.001)
def crowded_oscillation(x, xp=np):
    """sin(1/x) near 0: a step of relative size 1e-8 is still short, one of 1e-3 is a period."""
    return xp.sin(1 / x)


@crowded_oscillation.manual("derivative")
def crowded_slope(x):
    return -np.cos(1 / x) / (x * x)


@curve(1.5707)
def near_a_pole(x, xp=np):
    """tan x a ten-thousandth before its pole: higher derivatives grow by 1e4 each."""
    return xp.tan(x)


@near_a_pole.manual("derivative")
def pole_slope(x):
    return 1 / np.cos(x) ** 2


@curve(1 + 2.0**-20)
def beside_a_pole(x, xp=np):
    """1/(x - 1) at 1 + 2^-20: a step of usual size crosses the pole."""
    return 1 / (x - 1)


@beside_a_pole.manual("derivative")
def reciprocal_slope(x):
    return -1 / (x - 1) ** 2


@curve(0.05)
def flat_to_all_orders(x, xp=np):
    """exp(-1/x²) at 0.05: 1e-174, and its derivatives are of that size too."""
    return xp.exp(-1 / (x * x))


@flat_to_all_orders.manual("derivative")
def flat_slope(x):
    return 2 * np.exp(-1 / (x * x)) / x**3


@curve(1.0)
def saturated(x, xp=np):
    """tanh 20x at 1: the value is 1 to the last digit, the derivative 3e-16."""
    return xp.tanh(20 * x)


@saturated.manual("derivative")
def saturated_slope(x):
    return 20 / np.cosh(20 * x) ** 2


@curve(1e-5, "round-off")
def cancelling(x, xp=np):
    """(exp(x) - 1 - x)/x² near 0: the program's value keeps six digits, so that its derivative, as
    every exact method gives it, is the derivative of what is left.
    """
    return (xp.expm1(x) - x) / (x * x)


@cancelling.manual("derivative")
def cancelling_slope(x):
    """By the series 1/2 + x/6 + x²/24 + ..."""
    return 1 / 6 + x / 12 + x * x / 40 + x**3 / 180


@curve(1e8, "round-off")
def difference_of_roots(x, xp=np):
    """sqrt(x² + 1) - x at 1e8: written so that nothing cancels."""
    return 1 / (xp.sqrt(x * x + 1) + x)


@difference_of_roots.manual("derivative")
def difference_slope(x):
    root = np.sqrt(x * x + 1)
    return -1 / (root * (root + x))


@curve(3.0, "control-flow")
def kinked(x, xp=np):
    """|sin x|, 0.14 before its kink."""
    return xp.abs(xp.sin(x))


@kinked.manual("derivative")
def kinked_slope(x):
    return np.sign(np.sin(x)) * np.cos(x)


@curve(1.0, "round-off")
def large_offset(x, xp=np):
    """1e8 + sin x: eight of its digits say nothing about x."""
    return 1e8 + xp.sin(x)


@large_offset.manual("derivative")
def offset_slope(x):
    return np.cos(x)


@curve(1e-20)
def tiny_argument(x, xp=np):
    """sin(1e20 x) at 1e-20: a step of absolute size is nonsense."""
    return xp.sin(1e20 * x)


@tiny_argument.manual("derivative")
def tiny_slope(x):
    return 1e20 * np.cos(1e20 * x)


@curve(1e20)
def huge_argument(x, xp=np):
    """sin(1e-20 x) at 1e20: a step of absolute size is lost in rounding."""
    return xp.sin(1e-20 * x)


@huge_argument.manual("derivative")
def huge_slope(x):
    return 1e-20 * np.cos(1e-20 * x)


@curve(1.0)
def tiny_value(x, xp=np):
    """1e-200 sin x: squares of its values underflow."""
    return 1e-200 * xp.sin(x)


@tiny_value.manual("derivative")
def tiny_value_slope(x):
    return 1e-200 * np.cos(x)


SQUARES = np.arange(11.0) ** 2


@curve(2.3)
def looked_up(x, xp=np):
    """Linear interpolation in a table of squares: right is the slope of the cell, 5, and not 2x."""
    return xp.interp(x, np.arange(11.0), SQUARES)


@looked_up.manual("derivative")
def looked_up_slope(x):
    return np.diff(SQUARES)[int(x)]


def scrambled(x):
    """A number in [0, 1) that looks random, from the bits of a float64 (SplitMix64's finaliser)."""
    bits = int(np.float64(x).view(np.uint64)) * 0x9E3779B97F4A7C15 % 2**64
    bits = (bits ^ bits >> 32) * 0xBF58476D1CE4E5B9 % 2**64
    return (bits >> 11) / 2**53


@curve(1.0, "round-off", "noise")
def noisy(x, xp=np):
    """sin x + 1e-8 (H(x) - 1/2), H a hash of the bits of x: right is the slope of the sine, and
    whoever follows the code of H refuses or is wrong.
    """
    return xp.sin(x) + 1e-8 * (scrambled(x) - 0.5)


@noisy.exact("derivative")
def noisy_exact(x, mp):
    return mp.cos(x)


@noisy.manual("derivative")
def noisy_slope(x):
    return np.cos(x)


@curve(1.1, "round-off")
def single_inside(x, xp=np):
    """sin x² in single precision inside, handed on in double: seven digits can be had."""
    return xp.sin(x.astype(np.float32) ** 2).astype(x.dtype)


@single_inside.exact("derivative")
def single_exact(x, mp):
    return 2 * x * mp.cos(x * x)


@single_inside.manual("derivative")
def single_slope(x):
    return 2 * x * np.cos(x * x)


def bisected(p, high):
    """The root of x³ + p x - 1 between 0 and `high`, by halving until the interval is a float."""
    low = 0.0
    while True:
        middle = (low + high) / 2
        if middle <= low or middle >= high:
            return middle
        if middle * middle * middle + p * middle - 1 < 0:
            low = middle
        else:
            high = middle


def bisection_slope(p):
    """By the implicit function theorem."""
    root = bisected(float(p), 1.0)
    return -root / (3 * root * root + p)


def bisection_exact(p, mp):
    """By Cardano's root."""
    spread = mp.sqrt(mp.mpf(1) / 4 + p**3 / 27)
    root = mp.cbrt(spread + mp.mpf(1) / 2) - mp.cbrt(spread - mp.mpf(1) / 2)
    return -root / (3 * root**2 + p)


@curve(1.0, "control-flow", "loop", "piecewise")
def bisection(x, xp=np):
    """The root of t³ + x t - 1 by bisection from [0, 1]. Hard: a program whose every value is a
    constant; differences and the implicit function theorem see the root move.
    """
    return bisected(x, 1.0 + 0 * x)


@curve(1.0, "control-flow", "loop", "piecewise")
def bisection_from_moving_end(x, xp=np):
    """The same from [0, 1 + x]: following the code, half of the end's motion remains, which is no
    derivative of anything.
    """
    return bisected(x, 1.0 + x)


for _problem in (bisection, bisection_from_moving_end):
    _problem.manual("derivative")(bisection_slope)
    _problem.exact("derivative")(bisection_exact)
