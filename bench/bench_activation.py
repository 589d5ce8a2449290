"""Activations on 4 M elements, forward alone and with backward."""

from functools import partial

import gemmule
import numpy as np
from peers import Row, main, peer

SIZE = 1 << 22
#: (name, arguments, whether backward is measured too)
ACTIVATIONS = [
    ("relu", {}, True),
    ("gelu", {}, True),
    ("gelu", {"approximate": "tanh"}, True),
    ("silu", {}, True),
    ("leaky_relu", {}, False),
    ("elu", {}, False),
    ("mish", {}, False),
    ("softplus", {}, False),
    ("hardswish", {}, False),
]


def through(function, x, g, arguments):
    """Forward and backward once; the gradient."""
    x.grad = None
    function(x, **arguments).backward(g)
    return x.grad


def rows():
    torch = peer("torch")
    engines = {"gemmule": gemmule}
    if torch is not None:
        engines["torch"] = torch
    functions = {"gemmule": gemmule, "torch": torch and torch.nn.functional}
    a = np.random.default_rng(0).standard_normal(SIZE).astype("f4") * 2
    table = []
    for name, arguments, backward in ACTIVATIONS:
        label = name + "".join(f" {value}" for value in arguments.values())
        row = Row(f"{label} (4194304,)", bytes=8.0 * SIZE, bound=1e-5)
        both = Row(f"{label} (4194304,) with backward", bytes=20.0 * SIZE, bound=1e-5)
        for engine, module in engines.items():
            f = getattr(functions[engine], name)
            row.engines[engine] = partial(f, module.tensor(a), **arguments)
            x, g = module.tensor(a, requires_grad=True), module.tensor(np.ones_like(a))
            both.engines[engine] = partial(through, f, x, g, arguments)
        table.append(row)
        if backward:
            table.append(both)
    return table


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
