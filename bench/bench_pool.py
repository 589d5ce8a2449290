"""Max, average and adaptive pooling, forward and with the gradient."""

import gemmule
import numpy as np
from peers import Row, main, peer

# function, arguments
CASES = [
    ("max_pool2d", (3, 2, 1)),
    ("max_pool2d", (2,)),
    ("avg_pool2d", (3, 2, 1)),
    ("avg_pool2d", (2,)),
    ("adaptive_avg_pool2d", (1,)),
    ("adaptive_avg_pool2d", (7,)),
]
SHAPE = (8, 64, 112, 112)


def row(name, arguments, backward):
    rng = np.random.default_rng(0)
    data = rng.standard_normal(SHAPE, dtype=np.float32)
    ours = getattr(gemmule, name)
    x = gemmule.tensor(data, requires_grad=backward)
    out = ours(x, *arguments)
    g = rng.standard_normal(out.shape, dtype=np.float32)
    gradient = gemmule.tensor(g)
    title = f"{name}{arguments} {SHAPE} {'fwd+bwd' if backward else 'forward'}"
    # The input read and the output written; backward, the same once more.
    table = Row(title, bytes=(data.nbytes + g.nbytes) * (2.0 if backward else 1.0))

    def forward_backward():
        return gemmule.autograd.grad(ours(x, *arguments), x, gradient)

    table.engines["gemmule"] = forward_backward if backward else lambda: ours(x, *arguments)
    torch = peer("torch")
    if torch is not None:
        t, h = torch.tensor(data, requires_grad=backward), torch.from_numpy(g)
        function = getattr(torch.nn.functional, name)

        def torchs():
            y = function(t, *arguments)
            return torch.autograd.grad(y, t, h) if backward else y

        table.engines["torch"] = torchs
    return table


def rows():
    return [row(*case, backward) for case in CASES for backward in (False, True)]


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
