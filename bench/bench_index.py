"""Rows and elements by index and by mask, read, written and added to."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted


def rows():
    torch = peer("torch")
    rng = np.random.default_rng(0)
    table, chosen = (
        rng.standard_normal((50_000, 64), dtype=np.float32),
        rng.integers(0, 50_000, 20_000),
    )
    square = rng.standard_normal((1024, 1024), dtype=np.float32)
    order = np.argsort(square, 1)
    mask = square > 0
    picked = np.ones((20_000, 64), np.float32)

    def add_at(table, chosen, picked):
        out = table.copy()
        np.add.at(out, chosen, picked)
        return out

    # name, arguments, ours, NumPy's, torch's
    cases = [
        ("x[rows] 20000 × 64", (table, chosen), lambda x, i: x[i], lambda x, i: x[i],
         lambda x, i: x[i]),
        ("index_add 20000 × 64", (table, chosen, picked),
         lambda x, i, s: gemmule.index_add(x, 0, i, s), add_at,
         lambda x, i, s: torch.index_add(x, 0, i, s)),
        ("x[mask] 1024²", (square, mask), lambda x, m: x[m], lambda x, m: x[m], lambda x, m: x[m]),
        ("nonzero 1024²", (mask,), lambda m: m.nonzero(), np.argwhere, lambda m: m.nonzero()),
        ("gather axis 1 of 1024²", (square, order), lambda x, i: gemmule.gather(x, 1, i),
         lambda x, i: np.take_along_axis(x, i, 1), lambda x, i: torch.gather(x, 1, i)),
        ("gather axis 0 of 1024²", (square, order), lambda x, i: gemmule.gather(x, 0, i),
         lambda x, i: np.take_along_axis(x, i, 0), lambda x, i: torch.gather(x, 0, i)),
        ("scatter_add axis 1 of 1024²", (square, order, square),
         lambda x, i, s: gemmule.scatter_add(x, 1, i, s), None,
         lambda x, i, s: torch.scatter_add(x, 1, i, s)),
    ]  # fmt: skip
    for name, arguments, ours, numpy, theirs in cases:
        if not wanted(name):
            continue
        row = Row(name, bytes=float(sum(a.nbytes for a in arguments)), bound=1e-6)
        mine = [gemmule.tensor(a) for a in arguments]
        row.engines["gemmule"] = lambda ours=ours, mine=mine: ours(*mine)
        if numpy is not None:
            row.engines["numpy"] = lambda numpy=numpy, arguments=arguments: numpy(*arguments)
        if torch is not None:
            tensors = [torch.tensor(a) for a in arguments]
            row.engines["torch"] = lambda theirs=theirs, tensors=tensors: theirs(*tensors)
        yield row


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
