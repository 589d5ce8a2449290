"""Losses with their gradients, freshly allocated each time."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax

# loss, shape of input; losses over classes take labels
CASES = [
    ("cross_entropy", (4096, 1024)),
    ("cross_entropy", (64, 10)),
    ("cross_entropy", (1024, 65)),
    ("cross_entropy", (8, 21, 64, 64)),
    ("mse_loss", (1 << 20,)),
    ("mse_loss", (64, 10)),
    ("smooth_l1_loss", (1 << 20,)),
    ("binary_cross_entropy_with_logits", (1 << 20,)),
]


def title(name, shape, backward):
    return f"{name} {shape} {'fwd+bwd' if backward else 'forward'}"


def cross_entropy(jax, x, labels):
    logarithms = jax.nn.log_softmax(x, 1)
    return -jax.numpy.take_along_axis(logarithms, labels[:, None], 1).mean()


def row(name, shape, backward):
    rng = np.random.default_rng(0)
    data = rng.standard_normal(shape, dtype=np.float32)
    if name == "cross_entropy":
        target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    else:
        target = rng.random(shape, dtype=np.float32)
    # The input is read once; backward, the gradient is written.
    table = Row(title(name, shape, backward), bytes=(2.0 if backward else 1.0) * data.nbytes)
    table.traffic = "copy" if backward else "read"
    ours = getattr(gemmule, name)
    x, t = gemmule.tensor(data), gemmule.tensor(target)

    def forward_backward():
        x.grad = None
        ours(x, t).backward()
        return x.grad

    if backward:
        x.requires_grad_()
    table.engines["gemmule"] = forward_backward if backward else lambda: ours(x, t)
    torch = peer("torch")
    if torch is not None:
        a, b = torch.tensor(data, requires_grad=backward), torch.from_numpy(target)
        function = getattr(torch.nn.functional, name)

        def torchs():
            if not backward:
                return function(a, b)
            a.grad = None
            function(a, b).backward()
            return a.grad

        table.engines["torch"] = torchs
    if name == "cross_entropy":
        one = np.ones((), dtype=np.float32) if backward else None
        labels = target.astype("i4")
        table.engines |= with_jax(lambda jax, x: cross_entropy(jax, x, labels), data, backward=one)
    return table


def rows():
    for name, shape in CASES:
        for backward in (False, True):
            if wanted(title(name, shape, backward)):
                yield row(name, shape, backward)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
