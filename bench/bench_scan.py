"""Running sums, products and extremes along either axis."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted

# shape, axis
SHAPES = [((4096, 1024), 0), ((4096, 1024), 1), ((1 << 22,), 0), ((100_000, 10), 1)]
NAMES = ["cumsum", "cumprod", "cummax"]


def title(name, shape, axis):
    return f"{name} {shape} axis {axis}"


def row(name, shape, axis):
    data = np.random.default_rng(0).uniform(0.9, 1.1, shape).astype(np.float32)
    x = gemmule.asarray(data)
    table = Row(title(name, shape, axis), bytes=2.0 * data.nbytes)
    table.engines["gemmule"] = lambda: getattr(gemmule, name)(x, axis)
    if name != "cummax":
        table.engines["numpy"] = lambda: getattr(np, name)(data, axis)
    torch = peer("torch")
    if torch is not None:
        tensor = torch.from_numpy(data)
        table.engines["torch"] = lambda: getattr(torch, name)(tensor, axis)
    return table


def rows():
    for name in NAMES:
        for shape, axis in SHAPES:
            if wanted(title(name, shape, axis)):
                yield row(name, shape, axis)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
