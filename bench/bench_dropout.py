"""Dropout, forward and with its gradient. The engines drop other elements each: only the time is
compared."""

import gemmule
import gemmule.nn.functional as F
import numpy as np
from peers import Row, main, peer, wanted

ANY = float("inf")  # results that cannot agree
# name, shape
CASES = [
    ("dropout", (1000,)),
    ("dropout", (8, 128, 768)),
    ("dropout", (32, 512, 512)),
    ("dropout2d", (32, 64, 56, 56)),
    ("alpha_dropout", (8, 128, 768)),
]


def engine(make, function, backward, data):
    """(forward alone, forward and backward) of one engine."""
    plain, leaf, g = make(data), make(data).requires_grad_(), make(np.ones_like(data))

    def both():
        leaf.grad = None
        backward([function(leaf, 0.1, True)], [g])
        return leaf.grad

    return lambda: function(plain, 0.1, True), both


def rows():
    torch = peer("torch")
    rng = np.random.default_rng(0)
    for name, shape in CASES:
        if not wanted(f"{name} {shape}") and not wanted(f"{name} {shape} forward+backward"):
            continue
        data = rng.standard_normal(shape, dtype=np.float32)
        forward = Row(f"{name} {shape}", bytes=2 * data.nbytes, bound=ANY)
        both = Row(f"{name} {shape} forward+backward", bytes=4 * data.nbytes, bound=ANY)
        engines = {"gemmule": (gemmule.asarray, F, gemmule.autograd.backward)}
        if torch is not None:
            engines["torch"] = (torch.from_numpy, torch.nn.functional, torch.autograd.backward)
        for library, (make, functional, backward) in engines.items():
            runs = engine(make, getattr(functional, name), backward, data)
            forward.engines[library], both.engines[library] = runs
        yield from (forward, both)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
