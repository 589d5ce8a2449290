"""Elementwise arithmetic, from ten elements to far beyond the cache."""

from functools import partial

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax, with_onnx

#: operation, shapes
CASES = [
    ("add", (10,), (10,)),
    ("add", (1000,), (1000,)),
    ("add", (1 << 22,), (1 << 22,)),
    ("add", (4096, 1024), (1024,)),
    ("add", (4096, 1024), (4096, 1)),
    ("add", (64, 64, 32, 32), (64, 1, 1)),
    ("multiply", (1 << 22,), (1 << 22,)),
    ("divide", (1 << 22,), (1 << 22,)),
    ("maximum", (1 << 22,), (1 << 22,)),
    ("pow", (1 << 20,), (1 << 20,)),
    ("remainder", (1 << 20,), (1 << 20,)),
    ("atan2", (1 << 20,), (1 << 20,)),
]


ONNX = {"add": "Add", "multiply": "Mul", "divide": "Div", "pow": "Pow"}
NUMPY_NAMES = {"atan2": "arctan2", "pow": "power"}


def small_with_gradient(module, a):
    """x + y of leaves, recorded; nothing walks the tape."""
    x, y = module.tensor(a, requires_grad=True), module.tensor(a)
    return lambda: module.add(x, y)


def rows():
    torch = peer("torch")
    modules = {"gemmule": gemmule, "torch": torch} if torch else {"gemmule": gemmule}
    rng = np.random.default_rng(0)
    for name, left, right in CASES:
        a, b = (rng.uniform(0.5, 2, shape).astype("f4") for shape in (left, right))
        row = Row(f"{name} {left} {right}", bytes=4.0 * (2 * a.size + b.size))
        row.traffic = "triad" if left == right else "copy"
        if not wanted(row.name):
            continue
        row.engines["numpy"] = partial(getattr(np, NUMPY_NAMES.get(name, name)), a, b)
        for engine, module in modules.items():
            row.engines[engine] = partial(getattr(module, name), module.tensor(a), module.tensor(b))
        jaxs = NUMPY_NAMES.get(name, name)
        row.engines |= with_jax(lambda jax, x, y, jaxs=jaxs: getattr(jax.numpy, jaxs)(x, y), a, b)
        if name in ONNX:
            row.engines |= with_onnx(ONNX[name], [a, b])
        yield row
    a = np.linspace(0, 1, 10, dtype="f4")
    row = Row("add (10,) (10,) with gradient")
    for engine, module in modules.items():
        row.engines[engine] = small_with_gradient(module, a)
    yield row
    a = rng.uniform(0.5, 2, 1 << 22).astype("f4")
    row = Row(
        "add_ alpha (4194304,)", bytes=12.0 * a.size, traffic="update", footprint=8.0 * a.size
    )
    for engine, module in modules.items():
        row.engines[engine] = partial(module.tensor(a).add_, module.tensor(a), alpha=1e-9)
    yield row


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
