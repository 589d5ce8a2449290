"""Functions of one array on 4 M elements, and the smallest call; forward plus backward too."""

from functools import partial

import gemmule
import numpy as np
from peers import Row, main, peer

SIZE = 1 << 22
#: name: (lowest, highest) value drawn
FUNCTIONS = {
    "exp": (-5, 5),
    "log": (0.01, 10),
    "tanh": (-5, 5),
    "sigmoid": (-5, 5),
    "erf": (-3, 3),
    "sin": (-9, 9),
    "sqrt": (0, 9),
    "rsqrt": (0.01, 9),
    "abs": (-1, 1),
    "square": (-1, 1),
}
WITH_BACKWARD = ["exp", "tanh", "sigmoid"]


def through(function, x, g):
    """Forward and backward once; the gradient."""
    x.grad = None
    function(x).backward(g)
    return x.grad


def rows():
    torch = peer("torch")
    modules = {"gemmule": gemmule, "torch": torch} if torch else {"gemmule": gemmule}
    table = []
    for name, (low, high) in FUNCTIONS.items():
        a = np.random.default_rng(0).uniform(low, high, SIZE).astype("f4")
        row = Row(f"{name} (4194304,)", bytes=8.0 * SIZE, bound=1e-5)
        both = Row(f"{name} (4194304,) with backward", bytes=20.0 * SIZE, bound=1e-5)
        if hasattr(np, name):
            row.engines["numpy"] = partial(getattr(np, name), a)
        for engine, module in modules.items():
            f = getattr(module, name)
            row.engines[engine] = partial(f, module.tensor(a))
            x, g = module.tensor(a, requires_grad=True), module.tensor(np.ones_like(a))
            both.engines[engine] = partial(through, f, x, g)
        table.append(row)
        if name in WITH_BACKWARD:
            table.append(both)
    small = np.linspace(0, 1, 10, dtype="f4")
    row = Row("exp (10,)", {"numpy": partial(np.exp, small)}, bytes=80.0)
    for engine, module in modules.items():
        row.engines[engine] = partial(module.exp, module.tensor(small))
    table.append(row)
    return table


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
