"""Convolution: the layers of ResNet, a first layer, depthwise, 1-d dilated; at both precisions."""

import gemmule
import numpy as np
from peers import Row, main, peer, wanted, with_jax, with_onnx

# name, input, weight, window; `causal` is padding on the left alone, before a window without any
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
    ("3x3", (8, 64, 56, 56), (3, 64, 3, 3), {"padding": 1}),
    ("depthwise", (8, 96, 28, 28), (96, 1, 3, 3), {"padding": 1, "groups": 96}),
    ("1-d dilated causal", (8, 64, 1024), (64, 64, 3), {"causal": 16, "dilation": 8}),
]


def title(name, shape, weight, window, backward, precision):
    words = f"conv {name} {shape} to {weight[0]} {'fwd+bwd' if backward else 'forward'}"
    return words if precision == "high" else f"{words}, {precision}"


def convolution(module, weight, window):
    """The module's convolution of (x, w, b)."""
    function = module.conv2d if len(weight) == 4 else module.conv1d
    arguments = dict(window)
    left = arguments.pop("causal", 0)
    if left and module is gemmule:  # takes both paddings of an axis, as onnxruntime and JAX do
        arguments["padding"], left = (left, 0), 0
    if not left:
        return lambda x, w, b: function(x, w, b, **arguments)
    pad = module.nn.functional.pad
    return lambda x, w, b: function(pad(x, (left, 0)), w, b, **arguments)


def jaxs(window, rank):
    """JAX's convolution of (x, w, b)."""
    padding = window.get("padding", 0)
    pads = [(window.get("causal", padding), padding)] * rank

    def convolve(jax, x, w, b):
        y = jax.lax.conv_general_dilated(
            x,
            w,
            [window.get("stride", 1)] * rank,
            pads,
            rhs_dilation=[window.get("dilation", 1)] * rank,
            feature_group_count=window.get("groups", 1),
        )
        return y + b.reshape((-1,) + (1,) * rank)

    return convolve


def onnx_attributes(window, rank):
    padding = window.get("padding", 0)
    return {
        "strides": [window.get("stride", 1)] * rank,
        "pads": [window.get("causal", padding)] * rank + [padding] * rank,
        "dilations": [window.get("dilation", 1)] * rank,
        "group": window.get("groups", 1),
    }


def row(name, shape, weight, window, backward, precision):
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s, dtype=np.float32) for s in (shape, weight, weight[:1]))
    convolve = convolution(gemmule, weight, window)
    ours = [gemmule.tensor(a) for a in (x, w, b)]
    out = convolve(*ours)
    # A layer in the middle of a network: three gradients.
    flops = 2.0 * out.numel() * np.prod(weight[1:]) * (3 if backward else 1)
    table = Row(title(name, shape, weight, window, backward, precision), flops=flops, bound=1e-4)
    # What is read and written at least; backward, x and w again, g, and three gradients.
    operands = ours[0].numel() + ours[1].numel()
    table.bytes = 4.0 * ((3 * operands + 2 * out.numel()) if backward else operands + out.numel())
    g = rng.standard_normal(out.shape, dtype=np.float32)
    gradient = gemmule.tensor(g)
    for tensor in ours:
        tensor.requires_grad_(backward)

    def gemmules():
        before = gemmule.get_float32_conv_precision()
        gemmule.set_float32_conv_precision(precision)
        y = convolve(*ours)
        if backward:
            y = gemmule.autograd.grad(y, ours, gradient)
        gemmule.set_float32_conv_precision(before)
        return y

    table.engines["gemmule"] = gemmules
    torch = peer("torch")
    if torch is not None:
        theirs = [torch.tensor(a, requires_grad=backward) for a in (x, w, b)]
        function = convolution(torch, weight, window)
        h = torch.from_numpy(g)

        def torchs():
            y = function(*theirs)
            return torch.autograd.grad(y, theirs, h) if backward else y

        table.engines["torch"] = torchs
    rank = len(weight) - 2
    table.engines |= with_jax(jaxs(window, rank), x, w, b, backward=g if backward else None)
    if not backward:
        table.engines |= with_onnx("Conv", [x, w, b], **onnx_attributes(window, rank))
    return table


def rows():
    for precision in ("high", "highest"):
        for case in CASES:
            for backward in (False, True):
                if precision == "highest" and case[0] != "3x3":
                    continue
                if wanted(title(*case, backward, precision)):
                    yield row(*case, backward, precision)


def test_row(run):
    run()


if __name__ == "__main__":
    main(rows, __doc__)
