"""Elementwise arithmetic, from ten elements to far beyond the cache."""

import gemmule
import numpy as np
from peers import Row, main, peer

SHAPES = {
    "add (10,)": ((10,), (10,)),
    "add (4194304,)": ((1 << 22,), (1 << 22,)),
    "add (4096, 1024) + (1024,)": ((4096, 1024), (1024,)),
}


def rows():
    torch = peer("torch")
    table = []
    for name, (left, right) in SHAPES.items():
        a, b = np.random.rand(*left).astype("f4"), np.random.rand(*right).astype("f4")
        x, y = gemmule.tensor(a), gemmule.tensor(b)
        row = Row(name, bytes=4.0 * (2 * a.size + b.size))
        row.engines["gemmule"] = lambda x=x, y=y: gemmule.add(x, y)
        row.engines["numpy"] = lambda a=a, b=b: np.add(a, b)
        if torch is not None:
            t, u = torch.tensor(a), torch.tensor(b)
            row.engines["torch"] = lambda t=t, u=u: torch.add(t, u)
        table.append(row)
    return table


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
