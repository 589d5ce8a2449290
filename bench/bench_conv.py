"""Convolution: the layers of ResNet, a first layer, depthwise, 1-d dilated; at both precisions."""

import gemmule
import numpy as np
from peers import Row, main, peer

# name, input, weight, window
CASES = [
    ("3x3", (1, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    ("3x3", (8, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    ("3x3", (8, 128, 28, 28), (128, 128, 3, 3), {"padding": 1}),
    ("3x3", (8, 256, 14, 14), (256, 256, 3, 3), {"padding": 1}),
    ("3x3", (8, 512, 7, 7), (512, 512, 3, 3), {"padding": 1}),
    ("3x3", (32, 32, 32, 32), (64, 32, 3, 3), {"padding": 1}),
    ("3x3 stride 2", (8, 128, 56, 56), (128, 128, 3, 3), {"padding": 1, "stride": 2}),
    ("1x1", (8, 256, 14, 14), (1024, 256, 1, 1), {}),
    ("1x1", (8, 64, 56, 56), (64, 64, 1, 1), {}),
    ("7x7 stride 2", (8, 3, 224, 224), (64, 3, 7, 7), {"padding": 3, "stride": 2}),
    ("depthwise", (8, 96, 28, 28), (96, 1, 3, 3), {"padding": 1, "groups": 96}),
    ("1-d dilated", (8, 64, 1024), (64, 64, 3), {"padding": 8, "dilation": 8}),
]


def row(name, shape, weight, window, backward, precision):
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s, dtype=np.float32) for s in (shape, weight, weight[:1]))
    convolve = gemmule.conv2d if len(weight) == 4 else gemmule.conv1d
    ours = [gemmule.tensor(a) for a in (x, w, b)]
    out = convolve(*ours, **window)
    # A layer in the middle of a network: three gradients.
    flops = 2.0 * out.numel() * np.prod(weight[1:]) * (3 if backward else 1)
    title = f"conv {name} {shape} to {weight[0]} {'fwd+bwd' if backward else 'forward'}"
    table = Row(title if precision == "high" else f"{title}, {precision}", flops=flops, bound=1e-4)
    g = rng.standard_normal(out.shape, dtype=np.float32)
    gradient = gemmule.tensor(g)
    for tensor in ours:
        tensor.requires_grad_(backward)

    def gemmules():
        before = gemmule.get_float32_conv_precision()
        gemmule.set_float32_conv_precision(precision)
        y = convolve(*ours, **window)
        if backward:
            y = gemmule.autograd.grad(y, ours, gradient)
        gemmule.set_float32_conv_precision(before)
        return y

    table.engines["gemmule"] = gemmules
    torch = peer("torch")
    if torch is not None:
        theirs = [torch.tensor(a, requires_grad=backward) for a in (x, w, b)]
        function = torch.conv2d if len(weight) == 4 else torch.conv1d
        h = torch.from_numpy(g)

        def torchs():
            y = function(*theirs, **window)
            return torch.autograd.grad(y, theirs, h) if backward else y

        table.engines["torch"] = torchs
    return table


def rows():
    table = [row(*case, backward, "high") for case in CASES for backward in (False, True)]
    return table + [row(*case, False, "highest") for case in CASES if case[0] == "3x3"]


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
