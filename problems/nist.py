"""NIST's 27 models of nonlinear regression, at the far start of each: residuals, whose Jacobian is
what a solver asks for at its first step.

Observations lie in nist_observations.json. The models' parameters are b1, b2, ... there and in
NIST's own files, b[0], b[1], ... here.
"""

import json
from pathlib import Path

import numpy as np

from diffbench.interface import problem

SOURCE = "NIST, Statistical Reference Datasets, nonlinear regression: "
SETS = json.loads(Path(__file__).with_name("nist_observations.json").read_text())


def model(name, hard):
    """Register residuals model - y of one set; `hard` says what is hard about it."""

    def register(function):
        def residuals(b, x, y, xp=np):
            return function(b, x, xp) - y

        observed = SETS[name]
        residuals.__name__ = f"nist_{name.lower()}"
        residuals.__doc__ = f"Misfit of NIST's {name}. Hard: {hard}."
        problem(
            operator="jacobian",
            point=lambda n, rng: np.array(observed["start"]),
            data=lambda n, rng: (np.squeeze(np.array(observed["x"])), np.array(observed["y"])),
            sizes=(len(observed["start"]),),
            source=SOURCE + name,
            tags=("statistics", "least-squares", "formula", "nist", "extended"),
        )(residuals)
        return function

    return register


@model("Bennett5", "a power whose base and exponent move, parameters of 2000 and 0.8")
def bennett5(b, x, xp):
    return b[0] * (b[1] + x) ** (-1 / b[2])


@model("BoxBOD", "six points, and a start far from the answer")
def boxbod(b, x, xp):
    return b[0] * (1 - xp.exp(-b[1] * x))


@model("Chwirut1", "214 points of a decaying ratio")
@model("Chwirut2", "the same model on 54 points")
def chwirut(b, x, xp):
    return xp.exp(-b[0] * x) / (b[1] + b[2] * x)


@model("DanWood", "a power with the parameter in the exponent")
def danwood(b, x, xp):
    return b[0] * x ** b[1]


@model("ENSO", "nine parameters, two of them periods; some entries are exactly 0")
def enso(b, x, xp):
    def wave(period, even, odd):
        angle = 2 * xp.pi * x / period
        return even * xp.cos(angle) + odd * xp.sin(angle)

    return b[0] + wave(12, b[1], b[2]) + wave(b[3], b[4], b[5]) + wave(b[6], b[7], b[8])


@model("Eckerle4", "a peak of width 10 at 500, flat to 1e-50 beside it")
def eckerle4(b, x, xp):
    return b[0] / b[1] * xp.exp(-(((x - b[2]) / b[1]) ** 2) / 2)


@model("Gauss1", "two separate peaks on a decay")
@model("Gauss2", "two peaks that overlap")
@model("Gauss3", "two peaks that overlap strongly")
def peaks(b, x, xp):
    first = b[2] * xp.exp(-(((x - b[3]) / b[4]) ** 2))
    second = b[5] * xp.exp(-(((x - b[6]) / b[7]) ** 2))
    return b[0] * xp.exp(-b[1] * x) + first + second


@model("Hahn1", "seven parameters from 10 to 1e-6, and x up to 850 in third power")
@model("Thurber", "the same ratio of cubics, with parameters from 1000 to 0.03")
def ratio_of_cubics(b, x, xp):
    above = b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3
    return above / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


@model("Kirby2", "a ratio of parabolas with parameters from 2 to 1e-5")
def kirby2(b, x, xp):
    return (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2)


@model("Lanczos1", "three decays that can hardly be told apart, data to 14 digits")
@model("Lanczos2", "the same decays, data to 6 digits")
@model("Lanczos3", "the same decays, data to 5 digits")
def lanczos(b, x, xp):
    return b[0] * xp.exp(-b[1] * x) + b[2] * xp.exp(-b[3] * x) + b[4] * xp.exp(-b[5] * x)


@model("MGH09", "Kowalik and Osborne's ratio from a far start")
def mgh09(b, x, xp):
    return b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3])


@model("MGH10", "Meyer's function: values of 1e7 from a start of 2")
def mgh10(b, x, xp):
    return b[0] * xp.exp(b[1] / (x + b[2]))


@model("MGH17", "Osborne's function: two decays, exp(-920) at the last point")
def mgh17(b, x, xp):
    return b[0] + b[1] * xp.exp(-x * b[3]) + b[2] * xp.exp(-x * b[4])


@model("Misra1a", "parameters of 500 and 1e-4")
def misra1a(b, x, xp):
    return b[0] * (1 - xp.exp(-b[1] * x))


@model("Misra1b", "parameters of 500 and 1e-4, in a negative power")
def misra1b(b, x, xp):
    return b[0] * (1 - (1 + b[1] * x / 2) ** -2)


@model("Misra1c", "parameters of 500 and 1e-4, under a root")
def misra1c(b, x, xp):
    return b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5)


@model("Misra1d", "parameters of 500 and 1e-4, in a ratio")
def misra1d(b, x, xp):
    return b[0] * b[1] * x / (1 + b[1] * x)


@model("Nelson", "two predictors, and the logarithm of the response")
def nelson(b, x, xp):
    return b[0] - b[1] * x[0] * xp.exp(-b[2] * x[1])


@model("Rat42", "a logistic curve, saturated at one end")
def rat42(b, x, xp):
    return b[0] / (1 + xp.exp(b[1] - b[2] * x))


@model("Rat43", "a logistic curve to a power that moves")
def rat43(b, x, xp):
    return b[0] / (1 + xp.exp(b[1] - b[2] * x)) ** (1 / b[3])


@model("Roszman1", "an arc tangent beside a pole, parameters of 1000 and 1e-5")
def roszman1(b, x, xp):
    return b[0] - b[1] * x - xp.arctan(b[2] / (x - b[3])) / xp.pi
