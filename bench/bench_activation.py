"""Activations on 4 M elements, forward alone and with backward."""

from functools import partial

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax, with_onnx

SIZE = 1 << 22
#: What onnxruntime calls them.
ONNX = {"relu": "Relu", "gelu": "Gelu", "elu": "Elu", "leaky_relu": "LeakyRelu", "mish": "Mish",
        "softplus": "Softplus", "hardswish": "HardSwish"}  # fmt: skip
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


def jaxs(name, arguments):
    """JAX's activation of the same name."""
    if name == "gelu":
        return lambda jax, x: jax.nn.gelu(x, approximate=bool(arguments))
    names = {"hardswish": "hard_swish"}
    return lambda jax, x: getattr(jax.nn, names.get(name, name))(x)


def rows():
    torch = peer("torch")
    engines = {"gemmule": gemmule}
    if torch is not None:
        engines["torch"] = torch
    functions = {"gemmule": gemmule, "torch": torch and torch.nn.functional}
    a = np.random.default_rng(0).standard_normal(SIZE).astype("f4") * 2
    for name, arguments, backward in ACTIVATIONS:
        label = name + "".join(f" {value}" for value in arguments.values())
        row = Row(f"{label} (4194304,)", bytes=8.0 * SIZE, bound=1e-5)
        if wanted(row.name):
            for engine, module in engines.items():
                f = getattr(functions[engine], name)
                row.engines[engine] = partial(f, module.tensor(a), **arguments)
            row.engines |= with_jax(jaxs(name, arguments), a)
            if name in ONNX:
                row.engines |= with_onnx(ONNX[name], [a], **arguments)
            yield row
        both = Row(f"{label} (4194304,) with backward", bytes=20.0 * SIZE, bound=1e-5)
        if backward and wanted(both.name):
            g = np.ones_like(a)
            for engine, module in engines.items():
                f = getattr(functions[engine], name)
                x = module.tensor(a, requires_grad=True)
                both.engines[engine] = partial(through, f, x, module.tensor(g), arguments)
            both.engines |= with_jax(jaxs(name, arguments), a, backward=g)
            yield both


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
