"""Max, average and adaptive pooling, forward and with the gradient."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax, with_onnx

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


def title(name, arguments, backward):
    return f"{name}{arguments} {SHAPE} {'fwd+bwd' if backward else 'forward'}"


def onnx(name, arguments, x):
    """onnxruntime's pooling of the same windows; only forward."""
    if name.startswith("adaptive"):
        return with_onnx("GlobalAveragePool", [x]) if arguments == (1,) else {}
    size, stride, padding = (arguments[0], arguments[0], 0) if len(arguments) == 1 else arguments
    extra = {"count_include_pad": 1} if name.startswith("avg") else {}
    return with_onnx(
        "AveragePool" if extra else "MaxPool",
        [x],
        kernel_shape=[size] * 2,
        strides=[stride] * 2,
        pads=[padding] * 4,
        **extra,
    )


def jaxs(name, arguments):
    """JAX's pooling of the same windows; None where it has none."""
    if name.startswith("adaptive"):
        return (lambda jax, x: x.mean((2, 3), keepdims=True)) if arguments == (1,) else None
    size, stride, padding = (arguments[0], arguments[0], 0) if len(arguments) == 1 else arguments
    window = (1, 1, size, size), (1, 1, stride, stride), [(0, 0)] * 2 + [(padding, padding)] * 2
    if name.startswith("max"):
        return lambda jax, x: jax.lax.reduce_window(x, -np.inf, jax.lax.max, *window)
    return lambda jax, x: jax.lax.reduce_window(x, 0.0, jax.lax.add, *window) / size**2


def row(name, arguments, backward):
    rng = np.random.default_rng(0)
    data = rng.standard_normal(SHAPE, dtype=np.float32)
    ours = getattr(gemmule, name)
    x = gemmule.tensor(data, requires_grad=backward)
    out = ours(x, *arguments)
    g = rng.standard_normal(out.shape, dtype=np.float32)
    gradient = gemmule.tensor(g)
    # The input read and the output written; backward, the same once more.
    table = Row(
        title(name, arguments, backward),
        bytes=(data.nbytes + g.nbytes) * (2.0 if backward else 1.0),
    )
    table.traffic = "read" if not backward and 16 * g.nbytes < data.nbytes else "copy"

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
    if not backward:
        table.engines |= onnx(name, arguments, data)
    if jaxs(name, arguments):
        table.engines |= with_jax(jaxs(name, arguments), data, backward=g if backward else None)
    return table


def rows():
    for case in CASES:
        for backward in (False, True):
            if wanted(title(*case, backward)):
                yield row(*case, backward)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
