"""Softmax and its logarithm, forward and with the gradient."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax, with_onnx

# shape, axis
SHAPES = [
    ((4096, 1024), 1),
    ((4096, 1024), 0),
    ((64, 10), 1),
    ((100, 50257), 1),
    ((8, 21, 64, 64), 1),
]


def title(name, shape, axis, backward):
    return f"{name} {shape} axis {axis} {'fwd+bwd' if backward else 'forward'}"


def row(name, shape, axis, backward):
    rng = np.random.default_rng(0)
    data, gradient = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
    table = Row(title(name, shape, axis, backward), bytes=(5.0 if backward else 2.0) * data.nbytes)
    ours = getattr(gemmule, name)
    x, g = gemmule.tensor(data), gemmule.tensor(gradient)

    def forward_backward():
        x.grad = None
        gemmule.autograd.backward(ours(x, axis), g)
        return x.grad

    if backward:
        x.requires_grad_()
    table.engines["gemmule"] = forward_backward if backward else lambda: ours(x, axis)
    torch = peer("torch")
    if torch is not None:
        t, h = torch.tensor(data, requires_grad=backward), torch.from_numpy(gradient)
        function = getattr(torch, name)

        def torchs():
            y = function(t, axis)
            return torch.autograd.grad(y, t, h)[0] if backward else y

        table.engines["torch"] = torchs
    given = gradient if backward else None
    table.engines |= with_jax(lambda jax, x: getattr(jax.nn, name)(x, axis), data, backward=given)
    if not backward:
        node = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[name]
        table.engines |= with_onnx(node, [data], axis=axis)
    return table


def rows():
    for shape, axis in SHAPES:
        for name in ("softmax", "log_softmax"):
            for backward in (False, True):
                if wanted(title(name, shape, axis, backward)):
                    yield row(name, shape, axis, backward)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
