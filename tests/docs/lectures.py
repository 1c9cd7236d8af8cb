"""What the lectures print (their worked examples), and the page of the book on which it is computed.

Numbers are compared with the outputs of that page, texts are looked for in them.
"""

ITEMS = {  # item: (page, numbers or texts)
    "normal density by hand": (
        "four-ways",
        [0.35206532676429948, -0.17603266338214974, 0.17603266338214974, -0.26404899507322461],
    ),
    "a constant": ("four-ways", ["(7)' = 0"]),
    "twice x": ("four-ways", ["(2x)' = 2\n"]),
    "an affine function": ("four-ways", ["(2x + 999999)' = 2"]),
    "a cube": ("four-ways", ["(x^3)' = 5292"]),
    "an exponential": ("four-ways", [1.739274941520501e18]),
    "an overflow in between": ("four-ways", ["2.301947e+64356", "10584", "overflows"]),
    "(x + y) x y²": ("four-ways", ["f = 12.0 gradient: 16.0 16.0"]),
    "x + x² + y x": ("four-ways", ["gradient: 5.0 1.0"]),
    "exponential valley": (
        "four-ways",
        [1.8393972058572116, 0.36787944117144232, 0.73575888234288464],
    ),
    "its Hessian": ("four-ways", [2.2072766470286539, 1.4715177646857693]),
    "its constraints": ("four-ways", ["[0.5, -9.0]", "[[0.0, -2.0], [-1.0, 1.0]]"]),
    "a saturated neuron": (
        "four-ways",
        [
            0.99998329857815190,
            0.000016701142910603433,
            -0.000033402285821206865,
            -0.000050103428731810298,
        ],
    ),
    "the neuron as it is drawn": (
        "four-ways",
        [0.73105857863000488, 0.19661193324148185, -0.39322386648296371, -0.58983579972444556],
    ),
    "float32 difference": ("digits", ["1.6212463", "0.09509146"]),
    "float64 difference": ("digits", [1.7163330198854962, 4.7946512775620675e-06]),
    "complex step": ("digits", [9.0660864]),
    "logistic iterates as formulas": (
        "swell",
        [
            "l_2'   = 4(1 - x) - 4x",
            "l_3'   = 16(1 - x)(1 - 2x)^2 - 16x(1 - 2x)^2 - 64x(1 - x)(1 - 2x)",
            "l_4    = 64x(1 - x)(1 - 2x)^2(1 - 8x + 8x^2)^2",
        ],
    ),
    "the derivative of the fourth": (
        "swell",
        [
            "64(1 - x)(1 - 2x)^2(1 - 8x + 8x^2)^2",
            "64x(1 - 2x)^2(1 - 8x + 8x^2)^2",
            "256x(1 - x)(1 - 2x)(1 - 8x + 8x^2)^2",
            "128x(1 - x)(-8 + 16x)(1 - 2x)^2(1 - 8x + 8x^2)",
        ],
    ),
    "logistic iterates at 0.2": (
        "swell",
        [
            0.9216,
            0.28901376,
            0.8219392261226496,
            0.585420538734198,
            0.9708133262494375,
            0.11333924730376273,
        ],
    ),
    "their slopes at 0.2": (
        "swell",
        [
            2.4,
            -2.688,
            9.0660864,
            15.302555848409089,
            -39.41194390028358,
            26.93271584419355,
            -101.44225225228605,
        ],
    ),
    "logistic iterates and slopes at 0.3": (
        "swell",
        [
            0.84,
            0.5376,
            0.99434496,
            0.022492242090393600,
            -4.352,
            1.3090816,
            -5.1771031295098880,
            -19.776855262712586,
            -93.438012021830631,
        ],
    ),
    "sin(exp(x))": ("swell", ["exp(x)*cos(exp(x))"]),
    "primal trace": (
        "traces",
        [0.69314718055994531, 10.0, -0.95892427466313847, 10.693147180559945, 11.652071455223084],
    ),
    "tangent trace": ("traces", [0.5, 5.5, 0.28366218546322626, 1.7163378145367737]),
    "adjoint trace": ("traces", [-0.28366218546322626, 5.0, 5.5, 1.7163378145367737]),
    "Griewank and Walther's trace": (
        "traces",
        [
            3.0,
            0.14112000805986722,
            1.6487212707001281,
            1.3512787292998719,
            1.4923987373597391,
            2.0166466694282014,
        ],
    ),
    "its tangents": (
        "traces",
        [
            -1.9799849932008909,
            0.020015006799109085,
            5.9399549796026727,
            -7.6487212707001281,
            -1.7087662910974554,
        ],
    ),
    "its adjoints": (
        "traces",
        [
            2.8436774666596109,
            -4.6884315262923550,
            1.5059216638369533,
            -13.723961509314075,
            3.0118433276739066,
        ],
    ),
    "two outputs": (
        "traces",
        [
            -0.27941549819892587,
            7.0986122886681097,
            2.8805108599510981,
            1.9203405733007320,
            2.3333333333333333,
        ],
    ),
    "the branch that was taken": ("traces", ["[1. 1. 0.]", "[1. 0. 1.]", "control flow"]),
    "a product as a primitive": ("build-one", ["4.0 3.0"]),
    "a matrix product has 4 TiB of derivatives": ("build-one", ["4 TiB"]),
    "six nodes in topological order": ("build-one", [4.5821414350034357, 1.1455353587508589]),
    "gradient of a gradient": ("build-one", ["12.0"]),
    "two orders of the chain rule": ("chain-rule", ["ratio 91.7"]),
    "a scalar tape": ("chain-rule", ["8 MiB"]),
    "back-propagation by hand": ("training", ["right"]),
    "adaptive basis functions": (
        "training",
        ["power", "bump", "step", "falls at every step: True"],
    ),
    "a gradient of the wrong sign": ("training", ["fault of sign"]),
}
