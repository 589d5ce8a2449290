"""Embedding lookups, forward and with the weight's gradient."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted

# name → (indices, rows, width)
SHAPES = {
    "4x256 of 65x384": ((4, 256), 65, 384),
    "8x128 of 30522x768": ((8, 128), 30522, 768),
    "32x512 of 1000x64": ((32, 512), 1000, 64),
}


def rows():
    torch = peer("torch")
    for name, (shape, count, width) in SHAPES.items():
        if not any(wanted(f"embedding {kind}{name}") for kind in ("", "forward+backward ")):
            continue
        indices = np.random.randint(0, count, shape)
        weight = np.random.rand(count, width).astype("f4")
        grad = np.random.rand(*shape, width).astype("f4")
        moved = 4.0 * grad.size

        forward = Row(f"embedding {name}", bytes=2 * moved)
        i, w = gemmule.tensor(indices), gemmule.tensor(weight)
        forward.engines["gemmule"] = lambda i=i, w=w: gemmule.embedding(i, w)
        both = Row(f"embedding forward+backward {name}", bytes=4 * moved + 4.0 * weight.size)
        wg, g = gemmule.tensor(weight).requires_grad_(), gemmule.tensor(grad)

        def run(i=i, w=wg, g=g):
            w.grad = None
            gemmule.autograd.backward([gemmule.embedding(i, w)], [g])
            return w.grad

        both.engines["gemmule"] = run
        if torch is not None:
            lookup = torch.nn.functional.embedding
            i, w = torch.tensor(indices), torch.tensor(weight)
            forward.engines["torch"] = lambda i=i, w=w, lookup=lookup: lookup(i, w)
            wg, g = torch.tensor(weight, requires_grad=True), torch.tensor(grad)

            def run(i=i, w=wg, g=g, lookup=lookup):
                w.grad = None
                lookup(i, w).backward(g)
                return w.grad

            both.engines["torch"] = run
        yield from (forward, both)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
