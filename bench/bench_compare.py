"""Comparisons and choices on 4 M elements."""

from functools import partial

import gemmule
import numpy as np
from peers import Row, main, peer, wanted

SIZE = 1 << 22


#: name: (what is run on x, y, a mask and labels, bytes of an element)
CASES = {
    "less (4194304,)": (lambda m, x, y, mask, labels: x < y, 9.0),
    "equal (4194304,) int64": (lambda m, x, y, mask, labels: labels == labels, 17.0),
    "where (4194304,)": (lambda m, x, y, mask, labels: m.where(mask, x, y), 13.0),
    "masked_fill (4194304,)": (lambda m, x, y, mask, labels: x.masked_fill(mask, 0.5), 9.0),
    "clip (4194304,)": (lambda m, x, y, mask, labels: x.clip(-1, 1), 8.0),
}


def rows():
    torch = peer("torch")
    modules = {"gemmule": gemmule, "torch": torch} if torch else {"gemmule": gemmule}
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(SIZE).astype("f4") for _ in range(2))
    mask, labels = a > 0, rng.integers(0, 10, SIZE)
    for name, (case, per_element) in CASES.items():
        if not wanted(name):
            continue
        row = Row(name, bytes=per_element * SIZE)
        for engine, module in modules.items():
            row.engines[engine] = partial(case, module, *map(module.tensor, (a, b, mask, labels)))
        yield row


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
