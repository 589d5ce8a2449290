"""Functions of one array on 4 M elements, and the smallest call; forward plus backward too."""

from functools import partial

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax, with_onnx

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


#: What onnxruntime calls them.
ONNX = {"exp": "Exp", "log": "Log", "tanh": "Tanh", "sigmoid": "Sigmoid", "erf": "Erf",
        "sin": "Sin", "sqrt": "Sqrt", "abs": "Abs"}  # fmt: skip


def jaxs(name):
    """JAX's function of the same name."""
    return lambda jax, x: getattr(jax.numpy if hasattr(jax.numpy, name) else jax.lax, name)(x)


def sigmoid(jax, x):
    return jax.nn.sigmoid(x)


def through(function, x, g):
    """Forward and backward once; the gradient."""
    x.grad = None
    function(x).backward(g)
    return x.grad


def rows():
    torch = peer("torch")
    modules = {"gemmule": gemmule, "torch": torch} if torch else {"gemmule": gemmule}
    for name, (low, high) in FUNCTIONS.items():
        a = np.random.default_rng(0).uniform(low, high, SIZE).astype("f4")
        row = Row(f"{name} (4194304,)", bytes=8.0 * SIZE, bound=1e-5)
        function = sigmoid if name == "sigmoid" else jaxs(name)
        if wanted(row.name):
            if hasattr(np, name):
                row.engines["numpy"] = partial(getattr(np, name), a)
            for engine, module in modules.items():
                row.engines[engine] = partial(getattr(module, name), module.tensor(a))
            row.engines |= with_jax(function, a)
            if name in ONNX:
                row.engines |= with_onnx(ONNX[name], [a])
            yield row
        both = Row(f"{name} (4194304,) with backward", bytes=20.0 * SIZE, bound=1e-5)
        if name in WITH_BACKWARD and wanted(both.name):
            g = np.ones_like(a)
            for engine, module in modules.items():
                x = module.tensor(a, requires_grad=True)
                both.engines[engine] = partial(through, getattr(module, name), x, module.tensor(g))
            both.engines |= with_jax(function, a, backward=g)
            yield both
    small = np.linspace(0, 1, 10, dtype="f4")
    row = Row("exp (10,)", {"numpy": partial(np.exp, small)}, bytes=80.0)
    for engine, module in modules.items():
        row.engines[engine] = partial(module.exp, module.tensor(small))
    yield row


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
