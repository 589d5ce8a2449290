"""Reductions over either axis and over everything, and over many short rows."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax

LARGE, SHORT = (4096, 1024), (100_000, 10)
# name, shape, axis
CASES = [
    *[(name, LARGE, axis) for name in ("sum", "mean", "max", "var") for axis in (0, 1, None)],
    ("argmax", LARGE, 0),
    ("argmax", LARGE, 1),
    ("logsumexp", LARGE, 1),
    *[(name, SHORT, axis) for name in ("sum", "max", "argmax") for axis in (0, 1)],
    ("sum", (10,), None),
]
NUMPY = ("sum", "mean", "max", "var", "argmax")


def theirs(torch, name, axis):
    """torch's function of the same name; `max` along an axis without its indices."""
    if name == "max":
        return (lambda x: torch.amax(x, axis)) if axis is not None else torch.amax
    function = getattr(torch, name)
    extra = {"correction": 0} if name == "var" else {}
    return lambda x: function(x, **extra) if axis is None else function(x, dim=axis, **extra)


def title(name, shape, axis):
    return f"{name} {shape} axis {axis}"


def row(name, shape, axis):
    data = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    x = gemmule.asarray(data)
    ours = getattr(gemmule, name)
    table = Row(title(name, shape, axis), bytes=data.nbytes, bound=1e-4, traffic="read")
    table.engines["gemmule"] = lambda: ours(x, axis=axis)
    if name in NUMPY:
        table.engines["numpy"] = lambda: getattr(np, name)(data, axis=axis)
    torch = peer("torch")
    if torch is not None:
        tensor, function = torch.from_numpy(data), theirs(torch, name, axis)
        table.engines["torch"] = lambda: function(tensor)
    if name in NUMPY and len(shape) > 1:
        table.engines |= with_jax(lambda jax, x: getattr(jax.numpy, name)(x, axis=axis), data)
    return table


def rows():
    return (row(*case) for case in CASES if wanted(title(*case)))


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
