"""Elementwise arithmetic, from ten elements to far beyond the cache."""

from functools import partial

import gemmule
import numpy as np
from peers import Row, main, peer

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


NUMPY_NAMES = {"atan2": "arctan2", "pow": "power"}


def rows():
    torch = peer("torch")
    modules = {"gemmule": gemmule, "torch": torch} if torch else {"gemmule": gemmule}
    rng = np.random.default_rng(0)
    table = []
    for name, left, right in CASES:
        a, b = (rng.uniform(0.5, 2, shape).astype("f4") for shape in (left, right))
        row = Row(f"{name} {left} {right}", bytes=4.0 * (2 * a.size + b.size))
        row.engines["numpy"] = partial(getattr(np, NUMPY_NAMES.get(name, name)), a, b)
        for engine, module in modules.items():
            row.engines[engine] = partial(getattr(module, name), module.tensor(a), module.tensor(b))
        table.append(row)
    a = rng.uniform(0.5, 2, 1 << 22).astype("f4")
    row = Row("add_ alpha (4194304,)", bytes=12.0 * a.size)
    for engine, module in modules.items():
        row.engines[engine] = partial(module.tensor(a).add_, module.tensor(a), alpha=1e-9)
    table.append(row)
    return table


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
